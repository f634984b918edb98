with

versions as (
    {{ newest_versions('companies') }}
),

final as (
    select
        feed,
        record_key,
        profile_id,
        event_at,
        legal_form,
        founded_date,
        nace_code,
        employee_count,
        turnover_amount,
        upper(trim(currency)) as currency,
        parent_company_number,
        website
    from versions
)

select * from final
