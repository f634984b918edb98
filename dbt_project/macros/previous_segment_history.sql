-- The segment history of the last published version, or an empty one.
{% macro previous_segment_history() -%}
    {%- set file = env_var('STAMGAST_SEGMENT_HISTORY', '') -%}
    {%- if file -%}
    read_parquet('{{ file | replace("'", "''") }}'{{ env_var('STAMGAST_PARQUET_OPTIONS', '') }})
    {%- else -%}
    (
        select
            cast(null as varchar) as segment,
            cast(null as varchar) as member_type,
            cast(null as bigint) as person_id,
            cast(null as bigint) as account_id,
            cast(null as date) as entered_date,
            cast(null as date) as left_date
        where false
    )
    {%- endif -%}
{%- endmacro %}
