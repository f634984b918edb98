-- What landing wrote, as a table function over the Parquet files of the loads in use.

-- Facts of a kind: the loads that downstream reads; of a snapshot feed only the newest, the others cannot matter, and
-- one dated after as_of not yet.
-- The empty typed file comes along, so that a kind nobody delivers has its columns, and an old load the new ones.
{% macro raw_facts(kind) -%}
    {%- set files -%}
        select facts_path as path
        from {{ source('raw', 'loads') }}
        where kind = '{{ kind }}' and is_read and facts_path is not null
            and coalesce(snapshot_date <= {{ as_of() }}, true)
        qualify snapshot_date is not distinct from max(snapshot_date) over (partition by feed)
        order by load_number
    {%- endset -%}
    {{ _read_parquet(files, kind ~ '_facts') }}
{%- endmacro %}

-- The same of every snapshot up to as_of: what was said once is asked when it was said first.
{% macro raw_facts_of_every_snapshot(kind) -%}
    {%- set files -%}
        select facts_path as path
        from {{ source('raw', 'loads') }}
        where kind = '{{ kind }}' and is_read and facts_path is not null
            and coalesce(snapshot_date <= {{ as_of() }}, true)
        order by load_number
    {%- endset -%}
    {{ _read_parquet(files, kind ~ '_facts') }}
{%- endmacro %}

-- Profiles of all loads: a held load may hold a block that an accepted load refers to.
{% macro raw_profiles() -%}
    {%- set files -%}
        select profiles_path as path
        from {{ source('raw', 'loads') }}
        where profiles_path is not null
        order by load_number
    {%- endset -%}
    {{ _read_parquet(files, 'profiles') }}
{%- endmacro %}

{% macro _read_parquet(files, empty) -%}
    {%- set paths = [env_var('STAMGAST_WAREHOUSE') ~ '/build/empty/' ~ empty ~ '.parquet'] -%}
    {%- if execute -%}
        {%- do paths.extend(run_query(files).columns['path'].values()) -%}
    {%- endif -%}
    read_parquet(
        [
            {%- for path in paths %}
            '{{ path | replace("'", "''") }}'{{ ',' if not loop.last }}
            {%- endfor %}
        ],
        {{ _by_name(paths[0]) }}{{ env_var('STAMGAST_PARQUET_OPTIONS', '') }}
    )
{%- endmacro %}

-- Columns by name, null where a file has none. Encrypted files need them said one by one, as the empty file has them:
-- DuckDB 1.5 dies of union_by_name with encryption (https://github.com/duckdb/duckdb/issues/21508).
{% macro _by_name(empty) -%}
    {%- set options = env_var('STAMGAST_PARQUET_OPTIONS', '') -%}
    {%- if options and execute -%}
    schema = map {
        {%- for column in run_query("describe from read_parquet('" ~ empty ~ "'" ~ options ~ ")").rows %}
        '{{ column[0] }}': {name: '{{ column[0] }}', type: '{{ column[1] }}', default_value: null}{{ ',' if not loop.last }}
        {%- endfor %}
    }
    {%- else -%}
    union_by_name = true
    {%- endif -%}
{%- endmacro %}

-- The facts of feeds that are delivered whole and state a ground that is an act, in each snapshot.
{% macro facts_that_state_grounds() -%}
    {%- set kinds -%}
        select distinct kind from {{ source('raw', 'feeds') }}
        where
            delivery = 'snapshot'
            and permission_basis in ('consent', 'contract')
            and kind not in ('consents', 'newsletter_events', 'suppressions')
        order by kind
    {%- endset -%}
    {%- for kind in (run_query(kinds).columns[0] if execute else []) %}
    select
        feed,
        record_key,
        profile_id,
        event_at
    from {{ raw_facts_of_every_snapshot(kind) }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as varchar) as feed,
        cast(null as varchar) as record_key,
        cast(null as bigint) as profile_id,
        cast(null as timestamp) as event_at
    where false
    {%- endfor %}
{%- endmacro %}
