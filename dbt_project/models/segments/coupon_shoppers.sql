-- Customers who used a coupon on at least half of three and more orders.
select
    person_id,
    coupon_order_count,
    order_count
from {{ ref('customer_360') }}
where order_count >= 3 and 2 * coupon_order_count >= order_count
