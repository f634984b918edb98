-- The day the run speaks of; nothing else in the project asks for the time.
{% macro as_of() -%}
    date '{{ env_var("STAMGAST_AS_OF") }}'
{%- endmacro %}

-- The first moment after as_of: ages and windows count back from here.
{% macro end_of_as_of() -%}
    ({{ as_of() }} + interval 1 day)
{%- endmacro %}

-- The first moment of the window of so many days that ends with as_of.
{% macro days_before_end(days) -%}
    ({{ as_of() }} + interval 1 day - interval {{ days }} day)
{%- endmacro %}
