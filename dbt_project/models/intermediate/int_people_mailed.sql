with

newsletter_events as (
    select * from {{ ref('fct_newsletter_events') }}
    where person_id is not null
),

-- The last word per newsletter counts; a withdrawal wins a tie.
subscriptions as (
    select
        person_id,
        newsletter,
        coalesce(
            max(event_at) filter (where event_type in ('subscribe', 'confirm'))
            > coalesce(max(event_at) filter (where event_type in ('unsubscribe', 'complaint')), timestamp '0001-01-01'),
            false
        ) as is_subscribed
    from newsletter_events
    where event_type in ('subscribe', 'confirm', 'unsubscribe', 'complaint')
    group by person_id, newsletter
),

subscribed as (
    select
        person_id,
        count(*) filter (where is_subscribed) as newsletter_subscription_count
    from subscriptions
    group by person_id
),

{% set in_window = "event_at >= " ~ days_before_end(var('newsletter_window_days')) %}

mailed as (
    select
        person_id,
        count(*) filter (where event_type = 'send') as newsletter_send_count,
        count(*) filter (where event_type = 'send' and {{ in_window }}) as recent_newsletter_send_count,
        count(*) filter (where event_type = 'open' and {{ in_window }}) as recent_newsletter_open_count,
        count(*) filter (where event_type = 'click' and {{ in_window }}) as recent_newsletter_click_count,
        count(*) filter (where event_type = 'bounce' and {{ in_window }}) as recent_newsletter_bounce_count,
        max(event_at) filter (where event_type = 'send') as last_newsletter_send_at,
        max(event_at) filter (where event_type = 'open') as last_newsletter_open_at,
        max(event_at) filter (where event_type = 'click') as last_newsletter_click_at,
        -- What the person did, in contrast to what was sent.
        max(event_at) filter (where event_type not in ('send', 'bounce')) as last_newsletter_response_at
    from newsletter_events
    group by person_id
),

final as (
    select
        mailed.*,
        coalesce(subscribed.newsletter_subscription_count, 0) as newsletter_subscription_count,
        -- One message may be opened several times, hence the cap.
        case
            when mailed.recent_newsletter_send_count > 0
                then cast(
                    least(mailed.recent_newsletter_open_count / mailed.recent_newsletter_send_count, 1)
                    as decimal(9, 4)
                )
        end as recent_newsletter_open_share,
        case
            when mailed.recent_newsletter_send_count > 0
                then cast(
                    least(mailed.recent_newsletter_click_count / mailed.recent_newsletter_send_count, 1)
                    as decimal(9, 4)
                )
        end as recent_newsletter_click_share
    from mailed
    left join subscribed on mailed.person_id = subscribed.person_id
)

select * from final
