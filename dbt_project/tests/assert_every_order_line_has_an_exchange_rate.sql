-- Without a rate on or before the day of the order its revenue cannot be counted:
-- deliver the rate, or correct the currency.
select
    feed,
    currency,
    min(order_date) as first_order_date,
    count(*) as line_count
from {{ ref('fct_order_lines') }}
where base_amount is null
group by feed, currency
