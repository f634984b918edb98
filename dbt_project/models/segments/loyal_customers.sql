-- Regulars: enough orders within a year (dbt_project.yml says how many), the last of them recent.
select
    person_id,
    recent_order_count,
    last_order_date
from {{ ref('customer_360') }}
where lifecycle = 'loyal'
