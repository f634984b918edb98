-- Companies that buy, and are in the top tier by recent revenue or have 250 employees and more.
select
    account_id,
    account_tier,
    employee_count,
    recent_net_revenue
from {{ ref('account_360') }}
where order_count > 0 and (account_tier = 'A' or employee_count >= 250)
