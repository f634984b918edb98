-- Subscribers who were sent enough lately and opened nothing.
select
    person_id,
    newsletter_send_count_90d,
    last_newsletter_open_at
from {{ ref('customer_360') }}
where
    newsletter_subscription_count > 0
    and newsletter_send_count_90d >= 3
    and newsletter_open_count_90d = 0
    and newsletter_click_count_90d = 0
