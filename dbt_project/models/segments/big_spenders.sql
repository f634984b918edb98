-- Customers in the top fifth by revenue who are still around.
select
    person_id,
    net_revenue,
    currency,
    last_order_date
from {{ ref('customer_360') }}
where monetary_score = 5 and lifecycle in ('first_time', 'active', 'loyal')
