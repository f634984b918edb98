with

accounts as (
    select * from {{ ref('dim_account_identified') }}
),

final as (
    select
        account_id,
        postcode_area,
        country,
        legal_form,
        cast(year(founded_date) as integer) as founded_year,
        nace_code,
        left(nace_code, 2) as nace_division,
        employee_count,
        turnover_amount,
        turnover_currency,
        parent_account_id,
        is_registered,
        is_known_from_outside_only,
        profile_count,
        first_seen_at,
        last_seen_at
    from accounts
)

select * from final
