-- A relation without its catalog: a view that names one breaks when the published file is attached under another name.
{% macro local_ref(model) -%}
    {{ ref(model).include(database=false) }}
{%- endmacro %}
