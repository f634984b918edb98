with

person_household as (
    select * from {{ source('identity', 'person_household') }}
),

final as (
    select
        household_id,
        person_id,
        valid_from,
        valid_to,
        valid_to is null as is_current,
        rule
    from person_household
)

select * from final
