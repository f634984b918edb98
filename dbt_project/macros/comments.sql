-- What a comment says of a column of personal data, for who opens the file.
{% macro described(column) -%}
    {{ column.description }}{{ ' Personal data.' if column.get('config', {}).get('meta', {}).get('pii') }}
{%- endmacro %}

-- dbt-duckdb's own, with the mark of personal data behind the description.
{% macro duckdb__alter_column_comment(relation, column_dict) -%}
    {%- set existing = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {%- for name in column_dict if name in existing %}
    comment on column {{ relation }}.{{ adapter.quote(name) }} is {{ duckdb_escape_comment(described(column_dict[name])) }};
    {%- endfor -%}
{%- endmacro %}

-- A column of a segment is most often one of a mart under the same name: it means the same, so it says the same.
-- What the segment's own YAML describes comes after and stays.
{% macro comments_of_the_marts() -%}
    {%- if execute -%}
    {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
    {%- set described_before = [] -%}
    {%- for mart in ['customer_360', 'account_360', 'person_products', 'household_360'] -%}
    {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ mart] -%}
    {%- for name in columns if name in node.columns and name not in described_before -%}
    {%- do described_before.append(name) %}
    comment on column {{ this }}.{{ adapter.quote(name) }} is {{ duckdb_escape_comment(described(node.columns[name])) }};
    {%- endfor -%}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
