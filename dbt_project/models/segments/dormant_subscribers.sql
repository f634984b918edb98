-- Subscribers who were sent enough lately and opened nothing.
select
    person_id,
    recent_newsletter_send_count,
    last_newsletter_open_at
from {{ ref('customer_360') }}
where
    newsletter_subscription_count > 0
    and recent_newsletter_send_count >= 3
    and recent_newsletter_open_count = 0
    and recent_newsletter_click_count = 0
