-- Regulars whose silence is more than twice as long as their own habit.
select
    person_id,
    median_days_between_orders,
    days_since_last_order,
    order_count
from {{ ref('customer_360') }}
where
    lifecycle in ('active', 'loyal')
    and order_count >= 4
    and days_since_last_order > 2 * median_days_between_orders
    -- Below four weeks a silence may be a holiday.
    and days_since_last_order > 28
