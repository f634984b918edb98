with

people as (
    select * from {{ ref('dim_person_identified') }}
),

-- Who is one of few is not told by an area or a year of birth: customers.duckdb has both.
areas as (
    select
        country,
        postcode_area,
        count(*) as person_count
    from people
    group by country, postcode_area
),

-- Small areas together, where they are enough people together.
regions as (
    select
        country,
        left(postcode_area, 2) as region,
        sum(person_count) as person_count
    from areas
    where person_count < {{ var('small_group_size') }}
    group by country, region
),

-- An age beside a year of birth says whether the birthday of this year is over, so both are shown or neither.
ages as (
    select
        country,
        year(birth_date) as birth_year,
        {{ age('birth_date') }} as age,
        count(*) as person_count
    from people
    group by country, birth_year, age
),

shown as (
    select
        people.* exclude (birth_date, postcode_area), -- noqa: RF02
        case when ages.person_count >= {{ var('small_group_size') }} then ages.birth_year end as birth_year,
        case when ages.person_count >= {{ var('small_group_size') }} then ages.age end as age,
        case
            when areas.person_count >= {{ var('small_group_size') }} then people.postcode_area
            when regions.person_count >= {{ var('small_group_size') }} then left(people.postcode_area, 2)
        end as postcode_area
    from people
    left join areas
        on people.country is not distinct from areas.country and people.postcode_area = areas.postcode_area
    left join regions
        on people.country is not distinct from regions.country and left(people.postcode_area, 2) = regions.region
    left join ages
        on
            people.country is not distinct from ages.country
            and year(people.birth_date) = ages.birth_year
            and {{ age('people.birth_date') }} = ages.age
),

final as (
    select
        person_id,
        household_id,
        account_id,
        gender,
        cast(birth_year as integer) as birth_year,
        age,
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
        work_right_probability,
        work_verify_by,
        is_known_from_bought_lists_only,
        profile_count,
        feed_count,
        first_seen_at,
        last_seen_at
    from shown
)

select * from final
