-- The newest version of each (feed, record_key) of a kind; of a snapshot feed, those in its newest snapshot.
-- What happens after as_of does not count yet: a row whose newest version says so is left out until its day.
--
-- A version (row_hash) counts at its first arrival, so an old version that is delivered again changes nothing.
-- Most keys arrive once. Only keys that may have come twice are ordered: the 64-bit hash finds them (a collision
-- costs a comparison, never a row), so ten million lines need one narrow aggregate instead of a sort.
{% macro newest_versions(kind) -%}
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

    repeated_keys as (
        select hash(facts.feed, facts.record_key) as key_hash
        from {{ facts }} as facts
        left join snapshots on facts.feed = snapshots.feed
        where facts.snapshot_date is not distinct from snapshots.snapshot_date
        group by key_hash
        having count(*) > 1
    ),

    arrivals as (
        select
            facts.feed,
            facts.record_key,
            facts.load_number,
            facts.row_number,
            min(facts.load_number * 10000000000 + facts.row_number) over (
                partition by facts.feed, facts.record_key, facts.row_hash
            ) as version_arrival
        from {{ facts }} as facts
        inner join repeated_keys on hash(facts.feed, facts.record_key) = repeated_keys.key_hash
        left join snapshots on facts.feed = snapshots.feed
        where facts.snapshot_date is not distinct from snapshots.snapshot_date
    ),

    superseded as (
        select
            load_number,
            row_number
        from arrivals
        qualify
            load_number * 10000000000 + row_number
            <> max(version_arrival) over (partition by feed, record_key)
    )

    select facts.*
    from {{ facts }} as facts
    left join snapshots on facts.feed = snapshots.feed
    left join superseded
        on facts.load_number = superseded.load_number and facts.row_number = superseded.row_number
    where
        facts.snapshot_date is not distinct from snapshots.snapshot_date
        and superseded.load_number is null
        and facts.event_at < {{ end_of_as_of() }}
{%- endmacro %}
