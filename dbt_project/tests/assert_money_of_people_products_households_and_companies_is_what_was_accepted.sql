-- Invariant 2, in the base currency: whichever way the lines are summed up, through returns and currencies, not a cent
-- is lost, doubled or moved; a group of companies counts each of them once, and a household whoever lives in it.
with

order_lines as (
    select * from {{ ref('fct_order_lines') }}
),

people as (
    select * from {{ ref('customer_360') }}
),

accounts as (
    select * from {{ ref('account_360') }}
),

compared as (
    select
        'people, private and for a company' as figure,
        (
            select sum(base_amount) from order_lines
            where person_id is not null
        ) as accepted,
        (select sum(private_net_revenue + business_net_revenue) from people) as found
    union all
    select
        'people, sold' as figure,
        (
            select sum(base_amount) from order_lines
            where person_id is not null and not is_return
        ) as accepted,
        (select sum(gross_revenue) from people) as found
    union all
    select
        'people, returned' as figure,
        (
            select -sum(base_amount) from order_lines
            where person_id is not null and is_return
        ) as accepted,
        (select sum(returned_amount) from people) as found
    union all
    select
        'products of people' as figure,
        (
            select sum(base_amount)
            from order_lines
            where person_id is not null and product_id is not null
        ) as accepted,
        (select sum(net_revenue) from {{ ref('person_products') }}) as found
    union all
    select
        'households' as figure,
        (
            select sum(net_revenue) from people
            where household_id is not null
        ) as accepted,
        (select sum(net_revenue) from {{ ref('household_360') }}) as found
    union all
    select
        'companies' as figure,
        (
            select sum(base_amount) from order_lines
            where account_id is not null
        ) as accepted,
        (select sum(net_revenue) from accounts) as found
    union all
    select
        'groups of companies' as figure,
        (
            select sum(base_amount) from order_lines
            where account_id is not null
        ) as accepted,
        (
            select sum(group_net_revenue) from accounts
            where account_id = group_account_id
        ) as found
)

select
    figure,
    accepted,
    found
from compared
where coalesce(accepted, 0) <> coalesce(found, 0)
