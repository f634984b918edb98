with

people as (
    select * from {{ ref('dim_person_identified') }}
),

-- Who is one of few is not told by an area or a year of birth: customers.duckdb has both.
counted as (
    select
        *,
        count(*) over (partition by country, postcode_area) >= {{ var('small_group_size') }} as is_area_shown,
        count(*) over (partition by country, year(birth_date)) >= {{ var('small_group_size') }} as is_year_shown
    from people
),

shown as (
    select
        * exclude (birth_date, postcode_area),
        case when is_year_shown then birth_date end as birth_date,
        case
            when is_area_shown then postcode_area
            -- Small areas together, where they are enough people together.
            when
                count(*) filter (where not is_area_shown) over (partition by country, left(postcode_area, 2))
                >= {{ var('small_group_size') }}
                then left(postcode_area, 2)
        end as postcode_area
    from counted
),

final as (
    select
        person_id,
        household_id,
        account_id,
        gender,
        cast(year(birth_date) as integer) as birth_year,
        {{ age('birth_date') }} as age,
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
    from shown
)

select * from final
