with

person_household as (
    select * from {{ source('identity', 'person_household') }}
),

people as (
    select * from {{ ref('dim_person') }}
),

members as (
    select
        person_household.household_id,
        person_household.person_id,
        person_household.country,
        person_household.postcode_area,
        person_household.valid_from,
        person_household.valid_to is null as is_current,
        people.is_minor,
        people.declared_household_size,
        people.last_seen_at
    from person_household
    inner join people on person_household.person_id = people.person_id
),

-- Whoever lives there now says where; a household that has dissolved, whoever came last.
final as (
    select
        household_id,
        arg_max(country, row(is_current, valid_from, person_id)) as country,
        arg_max(postcode_area, row(is_current, valid_from, person_id)) as postcode_area,
        bool_or(is_current) as is_current,
        count(*) filter (where is_current) as member_count,
        count(*) filter (where is_current and is_minor) as minor_count,
        max(declared_household_size) filter (where is_current) as declared_household_size,
        min(valid_from) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from members
    group by household_id
)

select * from final
