-- A view: nearly all values are the only one, and need not be written twice.
{{ config(materialized='view') }}
with

final as (
    select
        * exclude (value_key), -- noqa: RF02
        1 as value_rank,
        'only' as rule
    from {{ ref('int_values_weighed') }}
    where attribute not in ('given_name', 'family_name') and not is_contested
    union all by name
    select
        *,
        1 as value_rank,
        'only' as rule
    from {{ ref('int_names_weighed') }}
    where not is_contested
    union all by name
    select * from {{ ref('int_values_contested') }}
)

select * from final
