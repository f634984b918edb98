-- Customers who send back at least three tenths of what they buy, over three orders and more.
select
    person_id,
    return_share,
    returned_amount,
    order_count
from {{ ref('customer_360') }}
where return_share >= 0.3 and order_count >= 3
