-- The kinds of feed that are about somebody, and all of them, parted by commas: pipelines/contracts/kinds.py names them.
{% macro kinds_about_somebody() -%}
    {{ env_var('STAMGAST_KINDS_ABOUT_SOMEBODY') }}
{%- endmacro %}

{% macro kinds() -%}
    {{ env_var('STAMGAST_KINDS') }}
{%- endmacro %}

-- Where in all that was landed a row stands, as one number: windows over a struct of load and row cost more than twice as
-- much (4.0 for 1.8 CPU seconds for two million rows). assert_the_load_and_row_numbers_fit_in_one_number bounds both.
{% macro arrival(rows) -%}
    {{ rows }}.load_number * 10000000000 + {{ rows }}.row_number
{%- endmacro %}

-- The newest version of each (feed, record_key) of a kind; of a snapshot feed, those in its newest snapshot.
-- What happens after as_of does not count yet: a row whose newest version says so is left out until its day.
{% macro newest_versions(kind) -%}
    select facts.*
    from {{ raw_facts(kind) }} as facts
    -- `not exists` would first look for the distinct rows among all rows.
    anti join {{ ref('int_rows_superseded') }} as superseded
        on facts.load_number = superseded.load_number and facts.row_number = superseded.row_number
    where facts.event_at < {{ end_of_as_of() }}
{%- endmacro %}

-- The rows of a kind that no longer count: an older version, or a row of an older snapshot.
--
-- A version (row_hash) counts at its first arrival, so an old version that is delivered again changes nothing.
-- Most keys arrive once. Where no load of a feed repeats a key and none reaches into the keys of another, as where a source
-- numbers its rows, none came twice. Of the other loads only keys that may have come twice are ordered: the 64-bit hash
-- finds them (a collision costs a comparison, never a row), so ten million lines need one narrow aggregate instead of a sort.
{% macro superseded_rows(kind) -%}
    {%- set facts = raw_facts(kind) -%}
    with

    snapshots as (
        select
            feed,
            max(snapshot_date) as snapshot_date
        from {{ facts }}
        where snapshot_date <= {{ as_of() }}
        group by feed
    ),

    -- Read again and again rather than kept: of most loads no more than the keys are needed.
    standing as not materialized (
        select
            facts.feed,
            facts.record_key,
            facts.row_hash,
            facts.load_number,
            facts.row_number
        from {{ facts }} as facts
        left join snapshots on facts.feed = snapshots.feed
        where facts.snapshot_date is not distinct from snapshots.snapshot_date
    ),

    ranges as (
        select
            load_number,
            any_value(feed) as feed,
            min(record_key) as first_key,
            max(record_key) as last_key
        from standing
        group by load_number
    ),

    -- Of loads in the order of their first keys, one that begins before an earlier one ends, or ends after the next begins.
    entangled as (
        select ranges.load_number
        from ranges
        left join {{ source('raw', 'loads') }} as loads on ranges.load_number = loads.load_number
        qualify
            loads.repeats_no_key is not true
            or ranges.first_key <= max(ranges.last_key) over (
                partition by ranges.feed
                order by ranges.first_key, ranges.load_number
                rows between unbounded preceding and 1 preceding
            )
            or ranges.last_key >= lead(ranges.first_key) over (
                partition by ranges.feed order by ranges.first_key, ranges.load_number
            )
    ),

    compared as not materialized (
        select standing.*
        from standing
        inner join entangled on standing.load_number = entangled.load_number
    ),

    repeated_keys as (
        select hash(feed, record_key) as key_hash
        from compared
        group by key_hash
        having count(*) > 1
    ),

    arrivals as (
        select
            compared.feed,
            compared.record_key,
            compared.load_number,
            compared.row_number,
            min({{ arrival('compared') }}) over (
                partition by compared.feed, compared.record_key, compared.row_hash
            ) as version_arrival
        from compared
        inner join repeated_keys on hash(compared.feed, compared.record_key) = repeated_keys.key_hash
    )

    select
        load_number,
        row_number
    from arrivals
    qualify
        {{ arrival('arrivals') }}
        <> max(version_arrival) over (partition by feed, record_key)

    union all

    select
        facts.load_number,
        facts.row_number
    from {{ facts }} as facts
    inner join snapshots on facts.feed = snapshots.feed
    where facts.snapshot_date is distinct from snapshots.snapshot_date
{%- endmacro %}
