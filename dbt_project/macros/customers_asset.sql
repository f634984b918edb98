-- Dagster's view of a table in the customers database: its twin in analytics has the same schema and name.
-- All three are said here because a model's own `meta` replaces that of its folder.
{% macro customers_asset(schema, table) -%}
    {%- do return({
        'dagster': {'asset_key': ['customers', schema, table], 'group': 'customers', 'owners': ['team:data']}
    }) -%}
{%- endmacro %}
