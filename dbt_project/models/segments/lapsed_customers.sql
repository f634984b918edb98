-- Customers who have not ordered for long and are not given up yet.
select
    person_id,
    days_since_last_order,
    order_count
from {{ ref('customer_360') }}
where lifecycle = 'lapsed'
