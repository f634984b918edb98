with

people as (
    select * from {{ ref('dim_person') }}
),

final as (
    select
        household_id,
        any_value(country) as country,
        any_value(postcode_area) as postcode_area,
        count(*) as member_count,
        count(*) filter (where age < 18) as minor_count,
        max(declared_household_size) as declared_household_size,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from people
    where household_id is not null
    group by household_id
)

select * from final
