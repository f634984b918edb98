-- A full mailbox bounces once; an address whose last messages all came back, without a sign of life since, is gone.
{% set count = var('bounces_until_undeliverable') %}

with

-- Read twice: few bounce, so the second time few are kept.
newsletter_events as not materialized (
    select * from {{ ref('stg_newsletter_events') }}
    where profile_id is not null
),

bounced as (
    select
        profile_id,
        max(event_at, {{ count }}) as bounces,
        arg_max(record_key, row(event_at, record_key)) as record_key
    from newsletter_events
    where event_type = 'bounce'
    group by profile_id
    having count(*) >= {{ count }}
),

-- Of those few what else happened to them.
histories as (
    select
        bounced.profile_id,
        any_value(bounced.record_key) as record_key,
        any_value(bounced.bounces) as bounces,
        max(others.event_at, {{ count }}) filter (where others.event_type = 'send') as sends,
        max(others.event_at) filter (
            where others.event_type in ('subscribe', 'confirm', 'open', 'click')
        ) as last_sign_at
    from newsletter_events as others
    inner join bounced on others.profile_id = bounced.profile_id
    group by bounced.profile_id
),

final as (
    select
        profile_id,
        record_key,
        bounces[1] as bounced_at
    from histories
    where
        bounces[{{ count }}] > coalesce(last_sign_at, timestamp '-infinity')
        and bounces[{{ count }}] >= coalesce(sends[{{ count }}], timestamp '-infinity')
)

select * from final
