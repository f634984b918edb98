-- One order so far, recent enough to hope for the second.
select
    person_id,
    first_order_date,
    net_revenue
from {{ ref('customer_360') }}
where lifecycle = 'first_time'
