-- For each person the value most of their orders (`orders`) have; of two equal ones that of the later order by `sold_at`.
{% macro usual(column, expression, sold_at, condition='true') -%}
    select
        person_id,
        arg_max({{ column }}, row(order_count, last_sold_at, {{ column }})) as usual_{{ column }},
        max(order_count) as usual_count,
        sum(order_count) as counted
    from (
        select
            person_id,
            {{ expression }} as {{ column }},
            count(*) as order_count,
            max({{ sold_at }}) as last_sold_at
        from orders
        where {{ condition }}
        group by person_id, {{ column }}
    ) as counts
    where {{ column }} is not null
    group by person_id
{%- endmacro %}

-- A part of a whole, 0 to 1; empty where there is no whole.
{% macro share(part, whole) -%}
    case when {{ whole }} > 0 then cast(round({{ part }} / {{ whole }}, 4) as decimal(9, 4)) end
{%- endmacro %}
