-- Invariant 2: no cent is lost or doubled on the way from the accepted rows to people, companies or not.
with

accepted as (
    select
        currency,
        sum(amount) as amount
    from {{ ref('stg_sales') }}
    group by currency
),

in_core as (
    select
        currency,
        sum(amount) as amount
    from {{ ref('fct_order_lines') }}
    group by currency
),

base as (
    select
        coalesce(sum(base_amount), 0) as of_all,
        coalesce(sum(base_amount) filter (where person_id is null), 0) as of_nobody
    from {{ ref('fct_order_lines') }}
),

people as (
    select coalesce(sum(net_revenue), 0) as of_people
    from {{ ref('customer_360') }}
)

select
    'accepted and core, ' || coalesce(accepted.currency, in_core.currency) as difference_between,
    coalesce(accepted.amount, 0) - coalesce(in_core.amount, 0) as difference
from accepted
full outer join in_core on accepted.currency = in_core.currency
where accepted.amount is distinct from in_core.amount

union all

select
    'core and people plus nobody' as difference_between,
    base.of_all - base.of_nobody - people.of_people as difference
from base
cross join people
where base.of_all <> base.of_nobody + people.of_people
