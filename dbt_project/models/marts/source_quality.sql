with

loads as (
    select * from {{ source('raw', 'loads') }}
),

feeds as (
    select * from {{ source('raw', 'feeds') }}
),

refusing as (
    select * from {{ ref('int_loads_refusing') }}
),

-- How old a feed is is said by the loads in use; what waits for a decision or cannot be read is missing from them.
feed_states as (
    select
        feed,
        max(newest_event_at) filter (where is_read) as feed_newest_event_at,
        count(*) filter (where status = 'held') as feed_held_count,
        count(*) filter (where status = 'refused') as feed_refused_count
    from loads
    group by feed
),

final as (
    select
        coalesce(loads.feed, feeds.feed) as feed,
        loads.load_number,
        coalesce(feeds.kind, loads.kind) as kind,
        feeds.owner,
        feeds.feed is not null as has_contract,
        coalesce(feeds.is_required, false) as is_required,
        coalesce(feeds.has_people, false) as has_people,
        loads.file,
        coalesce(loads.status, 'never_delivered') as status,
        coalesce(loads.is_read, false) as is_read,
        loads.as_of,
        coalesce(loads.delivery, feeds.delivery) as delivery,
        loads.snapshot_date,
        coalesce(loads.rows_read, 0) as rows_read,
        coalesce(loads.rows_accepted, 0) as rows_accepted,
        coalesce(loads.rows_quarantined, 0) as rows_quarantined,
        coalesce(loads.rows_suppressed, 0) as rows_suppressed,
        loads.quarantined_by_reason,
        loads.values_dropped_by_reason,
        loads.texts_unread_by_column,
        loads.rules_failed,
        loads.rules_warned,
        coalesce(loads.refusals, 0) as refusal_count,
        coalesce(loads.refusals_unreadable, 0) as refusals_unreadable_count,
        coalesce(loads.acknowledged, false) as is_acknowledged,
        coalesce(refusing.refusals_suspending_count, 0) as refusals_suspending_count,
        coalesce(refusing.refusals_unmet_count, 0) as refusals_unmet_count,
        loads.newest_event_at,
        feed_states.feed_newest_event_at,
        date_diff('hour', feed_states.feed_newest_event_at, {{ end_of_as_of() }}) as feed_age_hours,
        feeds.warn_after_hours,
        feeds.error_after_hours,
        case
            when feeds.feed is null or feeds.is_retired then null
            when feed_states.feed_held_count > 0 then 'a delivery is held'
            when feed_states.feed_refused_count > 0 then 'a delivery is refused'
            when feed_states.feed_newest_event_at is null then 'never delivered'
            when
                feed_states.feed_newest_event_at
                < {{ end_of_as_of() }} - feeds.error_after_hours * interval 1 hour
                then 'older than its contract promises'
        end as feed_stale_reason
    from feeds
    full outer join loads on feeds.feed = loads.feed
    left join feed_states on loads.feed = feed_states.feed
    left join refusing on loads.load_number = refusing.load_number
)

select
    *,
    feed_stale_reason is not null as is_feed_stale
from final
