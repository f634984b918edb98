-- A schema is called what the folder says; dbt would put the target's schema in front.
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
