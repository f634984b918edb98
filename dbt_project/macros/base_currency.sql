-- The currency that revenue is stated in.
{% macro base_currency() -%}
    '{{ env_var("STAMGAST_BASE_CURRENCY") }}'
{%- endmacro %}
