with

kinds as (
    {{ kinds_of_tables() }}
),

feeds as (
    select distinct
        feed,
        kind,
        has_people,
        feed_newest_event_at,
        feed_stale_reason
    from {{ ref('source_quality') }}
    where has_contract
),

tables as (
    select
        table_name,
        bool_or(kind is null) as has_people,
        bool_and(kind is null) as is_of_identity
    from kinds
    group by table_name

    union all

    select
        'identity' as table_name,
        true as has_people,
        true as is_of_identity
),

made_of as (
    select
        kinds.table_name,
        feeds.*
    from kinds
    inner join feeds on kinds.kind = feeds.kind

    union all

    select
        tables.table_name,
        feeds.*
    from tables
    cross join feeds
    where tables.is_of_identity and feeds.has_people
),

whole as (
    select
        table_name,
        list(feed order by feed) as feeds,
        coalesce(list(feed order by feed) filter (where feed_stale_reason is not null), []) as stale_feeds,
        max(feed_newest_event_at) as newest_event_at,
        bool_or(feed_newest_event_at is null) as has_feed_without_event,
        min(feed_newest_event_at) filter (where feed_stale_reason is not null) as belated_event_at,
        string_agg(feed || ': ' || feed_stale_reason, '; ' order by feed)
        filter (where feed_stale_reason is not null) as stale_reason
    from made_of
    group by table_name
),

final as (
    select
        tables.table_name,
        coalesce(whole.feeds, []) as feeds,
        coalesce(whole.stale_feeds, []) as stale_feeds,
        whole.newest_event_at,
        case
            when whole.stale_reason is null then {{ end_of_as_of() }}
            when not whole.has_feed_without_event then whole.belated_event_at
        end as data_as_of,
        tables.has_people,
        whole.stale_reason is not null as is_stale,
        whole.stale_reason
    from tables
    left join whole on tables.table_name = whole.table_name
)

select * from final
