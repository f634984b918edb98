-- People without an order who lately showed interest: a form, a click in the newsletter or visits to the site.
select
    person_id,
    last_form_at,
    last_newsletter_click_at,
    recent_web_event_count
from {{ ref('customer_360') }}
where
    lifecycle = 'prospect'
    and (
        last_form_at >= {{ days_before_end(90) }}
        or newsletter_click_count_90d > 0
        or recent_web_event_count >= 3
    )
