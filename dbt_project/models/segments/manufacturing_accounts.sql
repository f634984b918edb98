-- Companies in manufacturing (NACE Rev. 2 section C: divisions 10 to 33).
select
    account_id,
    nace_code,
    employee_count
from {{ ref('account_360') }}
where try_cast(nace_division as integer) between 10 and 33
