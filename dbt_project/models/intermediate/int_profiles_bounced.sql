-- A full mailbox bounces once; an address whose last messages all came back, without a sign of life since, is gone.
{% set count = var('bounces_until_undeliverable') %}

with

newsletter_events as (
    select * from {{ ref('stg_newsletter_events') }}
    where profile_id is not null
),

histories as (
    select
        profile_id,
        max(event_at, {{ count }}) filter (where event_type = 'bounce') as bounces,
        max(event_at, {{ count }}) filter (where event_type = 'send') as sends,
        max(event_at) filter (where event_type in ('subscribe', 'confirm', 'open', 'click')) as last_sign_at,
        arg_max(record_key, row(event_at, record_key)) filter (where event_type = 'bounce') as record_key
    from newsletter_events
    group by profile_id
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
