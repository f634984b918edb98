{% set rules = var('survivorship') %}
with

stated as (
    select * from {{ ref('int_values_stated') }}
    where attribute in ('given_name', 'family_name')
),

counted as (
    select
        value_key,
        count(distinct person_id) filter (where attribute = 'given_name') as given_count,
        count(distinct person_id) filter (where attribute = 'family_name') as family_count
    from stated
    group by value_key
),

bearers as (
    select
        'given_name' as attribute,
        value_key,
        given_count as bearer_count,
        family_count as other_count
    from counted
    where given_count > 0
    union all
    select
        'family_name' as attribute,
        value_key,
        family_count as bearer_count,
        given_count as other_count
    from counted
    where family_count > 0
),

-- What nearly everybody bears as the other name stands in the wrong field.
final as (
    select
        attribute,
        value_key,
        bearer_count,
        case
            when other_count > 10 * bearer_count then 0
            else cast(least(round(10 * log10(bearer_count)), {{ rules.borne_points }}) as integer)
        end as points
    from bearers
)

select * from final
