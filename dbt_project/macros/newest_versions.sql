-- The kinds of feed, as pipelines/contracts/kinds.py names them: of those, and of the others.
{% macro kinds_about_somebody() -%}
    form_submissions,newsletter_events,sales,list_prospects,web_events,support_tickets,interactions,survey_responses,companies,consents,suppressions
{%- endmacro %}

{% macro kinds() -%}
    {{ kinds_about_somebody() }},products,campaigns,exchange_rates
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
-- Most keys arrive once. Only keys that may have come twice are ordered: the 64-bit hash finds them (a collision
-- costs a comparison, never a row), so ten million lines need one narrow aggregate instead of a sort.
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

    -- Twice read rather than kept: few rows are left the second time, and where no key came twice the files are not opened.
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

    repeated_keys as (
        select hash(feed, record_key) as key_hash
        from standing
        group by key_hash
        having count(*) > 1
    ),

    arrivals as (
        select
            standing.feed,
            standing.record_key,
            standing.load_number,
            standing.row_number,
            min(standing.load_number * 10000000000 + standing.row_number) over (
                partition by standing.feed, standing.record_key, standing.row_hash
            ) as version_arrival
        from standing
        inner join repeated_keys on hash(standing.feed, standing.record_key) = repeated_keys.key_hash
    )

    select
        load_number,
        row_number
    from arrivals
    qualify
        load_number * 10000000000 + row_number
        <> max(version_arrival) over (partition by feed, record_key)

    union all

    select
        facts.load_number,
        facts.row_number
    from {{ facts }} as facts
    inner join snapshots on facts.feed = snapshots.feed
    where facts.snapshot_date is distinct from snapshots.snapshot_date
{%- endmacro %}
