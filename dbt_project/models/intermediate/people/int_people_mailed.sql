with

newsletter_events as (
    select * from {{ ref('fct_newsletter_events') }}
    where person_id is not null
),

campaigns as (
    select * from {{ ref('int_campaigns_costed') }}
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

mailed as (
    select
        newsletter_events.person_id,
        {% for days in var('newsletter_windows') %}
        {% for event_type in ['send', 'open', 'click'] %}
        count(*) filter (
            where newsletter_events.event_type = '{{ event_type }}'
            and newsletter_events.event_at >= {{ days_before_end(days) }}
        ) as newsletter_{{ event_type }}_count_{{ days }}d,
        {% endfor %}
        {% endfor %}
        count(*) filter (
            where newsletter_events.event_type = 'bounce' and newsletter_events.event_at >= {{ days_before_end(365) }}
        ) as newsletter_bounce_count_365d,
        max(newsletter_events.event_at) filter (
            where newsletter_events.event_type = 'send'
        ) as last_newsletter_send_at,
        max(newsletter_events.event_at) filter (
            where newsletter_events.event_type = 'open'
        ) as last_newsletter_open_at,
        max(newsletter_events.event_at) filter (
            where newsletter_events.event_type = 'click'
        ) as last_newsletter_click_at,
        -- What the person did, in contrast to what was sent.
        max(newsletter_events.event_at) filter (
            where newsletter_events.event_type not in ('send', 'bounce')
        ) as last_newsletter_response_at,
        cast(sum(coalesce(campaigns.contact_cost, {{ var('contact_costs').newsletter }})) filter (
            where newsletter_events.event_type = 'send' and newsletter_events.event_at >= {{ days_before_end(365) }}
        ) as decimal(18, 6)) as send_cost
    from newsletter_events
    left join campaigns on newsletter_events.campaign_id = campaigns.campaign_id
    group by newsletter_events.person_id
),

final as (
    select
        mailed.*,
        coalesce(subscribed.newsletter_subscription_count, 0) as newsletter_subscription_count
    from mailed
    left join subscribed on mailed.person_id = subscribed.person_id
)

select * from final
