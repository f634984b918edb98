-- A web address without query string and fragment: those carry e-mail addresses and tokens.
{% macro without_query(column) -%}
    split_part(split_part({{ column }}, '?', 1), '#', 1)
{%- endmacro %}
