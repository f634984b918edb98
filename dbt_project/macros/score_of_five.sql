-- 1 (lowest) to 5 (highest) by rank; rows with equal values get equal scores.
{% macro score_of_five(column) -%}
    cast(1 + least(floor(5 * percent_rank() over (order by {{ column }})), 4) as integer)
{%- endmacro %}
