-- Full years on as_of.
{% macro age(birth_date) -%}
    cast(date_diff('year', {{ birth_date }}, {{ as_of() }}) as integer)
    - case when strftime({{ birth_date }}, '%m%d') > strftime({{ as_of() }}, '%m%d') then 1 else 0 end
{%- endmacro %}
