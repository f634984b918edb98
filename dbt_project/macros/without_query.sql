-- A web address without query string and fragment: those carry e-mail addresses and tokens.
{% macro without_query(column) -%}
    regexp_replace({{ column }}, '[?#].*$', '')
{%- endmacro %}
