-- Subscribers who open at least half of what they were sent lately, or click.
select
    person_id,
    recent_newsletter_send_count,
    recent_newsletter_open_share,
    recent_newsletter_click_count
from {{ ref('customer_360') }}
where
    newsletter_subscription_count > 0
    and recent_newsletter_send_count >= 2
    and (recent_newsletter_open_share >= 0.5 or recent_newsletter_click_count > 0)
