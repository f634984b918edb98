-- A state is no act: a grant that a source repeats under its key, in the next snapshot or a row changed otherwise,
-- counts from the first of its unbroken run. Only keys that came more than once can repeat anything.
with

{% for kind, action in {'consents': 'consent_action', 'newsletter_events': 'event_type'}.items() %}
{{ kind }} as (
    select
        facts.feed,
        facts.record_key,
        facts.load_number,
        facts.row_number,
        facts.profile_id,
        facts.snapshot_date,
        {% if kind == 'consents' -%}
        coalesce(facts.consent_date, facts.event_at) as event_at,
        lower(trim(facts.purpose)) as purpose,
        lower(trim(facts.channel)) as channel,
        {%- else -%}
        facts.event_at,
        cast(null as varchar) as purpose,
        cast(null as varchar) as channel,
        {%- endif %}
        true as is_grant
    from {{ raw_facts_of_every_snapshot(kind) }} as facts
    where facts.{{ action }} in ('grant', 'subscribe', 'confirm')
),

{% endfor %}
refusals as (
    select * from {{ source('raw', 'refusals') }}
    where kind <> 'suppressions' and record_key is not null
),

said as (
    select * from consents
    union all
    select * from newsletter_events
    union all
    -- Also those whose rows or loads were set aside.
    select
        feed,
        record_key,
        load_number,
        row_number,
        cast(null as bigint) as profile_id,
        snapshot_date,
        coalesce(event_at, cast(first_delivered_on as timestamp)) as event_at,
        case when kind = 'consents' then lower(trim(purpose)) end as purpose,
        case when kind = 'consents' then lower(trim(channel)) end as channel,
        false as is_grant
    from refusals
),

repeated as (
    select
        feed,
        record_key
    from said
    group by feed, record_key
    having count(*) > 1
),

ordered as (
    select
        said.*,
        dense_rank() over (
            partition by said.feed, said.record_key, said.purpose, said.channel
            order by said.snapshot_date, said.load_number, said.row_number
        ) as place
    from said
    inner join repeated on said.feed = repeated.feed and said.record_key = repeated.record_key
),

runs as (
    select
        *,
        max(place) filter (where not is_grant) over (
            partition by feed, record_key, purpose, channel
        ) as last_refused_place,
        lag(is_grant) over (
            partition by feed, record_key, purpose, channel order by place, is_grant
        ) as was_granted
    from ordered
),

final as (
    select
        feed,
        record_key,
        load_number,
        row_number,
        profile_id,
        purpose,
        channel,
        is_grant,
        coalesce(was_granted, false) as was_granted,
        min(event_at) filter (where is_grant and place > coalesce(last_refused_place, 0)) over (
            partition by feed, record_key, purpose, channel
        ) as granted_at
    from runs
)

select * from final
