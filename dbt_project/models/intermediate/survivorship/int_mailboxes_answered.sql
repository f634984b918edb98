-- A profile of the sending service is one mailbox of one subscriber.
with

newsletter_events as (
    select * from {{ ref('stg_newsletter_events') }}
),

mailboxes as (
    select
        profile_id,
        max(event_at) filter (where event_type in ('subscribe', 'confirm')) as stated_at,
        -- Whoever goes or complains has read the mail.
        max(event_at) filter (
            where event_type in ('confirm', 'open', 'click', 'unsubscribe', 'complaint')
        ) as answered_at,
        max(event_at) filter (where event_type = 'send') as sent_at,
        max(event_at) filter (where event_type = 'bounce') as bounced_at
    from newsletter_events
    where profile_id is not null
    group by profile_id
),

final as (
    select
        profile_id,
        stated_at,
        answered_at,
        -- A soft bounce is tried again; what came back and was left at that is dead.
        coalesce(
            bounced_at >= coalesce(sent_at, bounced_at)
            and bounced_at > coalesce(answered_at, timestamp '0001-01-01'),
            false
        ) as is_dead
    from mailboxes
)

select * from final
