-- Subscribers who open at least half of what they were sent lately, or click.
select
    person_id,
    newsletter_send_count_90d,
    newsletter_open_share_90d,
    newsletter_click_count_90d
from {{ ref('customer_360') }}
where
    newsletter_subscription_count > 0
    and newsletter_send_count_90d >= 2
    and (newsletter_open_share_90d >= 0.5 or newsletter_click_count_90d > 0)
