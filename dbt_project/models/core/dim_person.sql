with

people as (
    select * from {{ ref('dim_person_identified') }}
),

final as (
    select
        person_id,
        household_id,
        account_id,
        gender,
        cast(year(birth_date) as integer) as birth_year,
        cast(date_diff('year', birth_date, {{ as_of() }}) as integer)
        - case when strftime(birth_date, '%m%d') > strftime({{ as_of() }}, '%m%d') then 1 else 0 end as age,
        is_minor,
        postcode_area,
        country,
        language,
        occupation,
        income_band,
        declared_household_size,
        marital_status,
        interests,
        customer_number is not null as has_customer_number,
        email is not null as has_email,
        phone is not null as has_phone,
        coalesce(street is not null and coalesce(postcode, city) is not null, false) as has_address,
        email_right_probability,
        email_verify_by,
        phone_right_probability,
        phone_verify_by,
        address_right_probability,
        address_verify_by,
        is_known_from_bought_lists_only,
        profile_count,
        feed_count,
        first_seen_at,
        last_seen_at
    from people
)

select * from final
