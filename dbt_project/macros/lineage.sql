-- What a table is made of, by dbt's own graph: known only while dbt runs, so models that ask for it parse without.

-- Rows (table_name, kind) of the published tables: the kinds of feed each is made of; kind null stands for who is who.
-- Who is who is written by Python from the profiles of all feeds, so lineage ends there.
{% macro kinds_of_tables() -%}
    {%- set rows = [] -%}
    {%- if execute -%}
        {%- set known = {} -%}
        {%- for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') -%}
            {%- if node.schema in ('core', 'marts') and node.name != model.name -%}
                {%- for kind in _kinds_below(node.unique_id, known) -%}
                    {%- do rows.append((node.schema ~ '.' ~ node.alias, kind)) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    select table_name, nullif(kind, '') as kind
    from (
        values
        ('', '')
        {%- for table_name, kind in rows | unique | sort %},
        ('{{ table_name }}', '{{ kind }}')
        {%- endfor %}
    ) as made_of (table_name, kind)
    where table_name <> ''
{%- endmacro %}

-- The kinds below a node, remembered in `known`; an empty text stands for who is who.
{% macro _kinds_below(unique_id, known) -%}
    {%- if unique_id not in known -%}
        {%- set found = [] -%}
        {%- if unique_id.split('.')[0] == 'source' -%}
            {%- if 'identity' in unique_id.split('.')[2] -%}
                {%- do found.append('') -%}
            {%- endif -%}
        {%- else -%}
            {%- set node = graph.nodes[unique_id] -%}
            {%- if node.schema == 'staging' -%}
                {%- do found.append(node.name | replace('stg_', '')) -%}
            {%- elif node.resource_type == 'model' -%}
                {%- for parent in node.depends_on.nodes -%}
                    {%- for kind in _kinds_below(parent, known) -%}
                        {%- do found.append(kind) if kind not in found -%}
                    {%- endfor -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endif -%}
        {%- do known.update({unique_id: found}) -%}
    {%- endif -%}
    {{ return(known[unique_id]) }}
{%- endmacro %}
