-- Companies known only from bought lists or a register, with somebody to call and without an order.
select
    account_id,
    contact_count,
    nace_code,
    employee_count
from {{ ref('account_360') }}
where account_status = 'prospect' and is_known_from_outside_only and contact_count > 0
