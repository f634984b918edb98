-- One row per company, and each of its orders, tickets, meetings, forms and contacts counted once.
{% set counted = {
    'fct_form_submissions': 'form_count', 'fct_support_tickets': 'ticket_count', 'fct_interactions': 'interaction_count',
    'dim_account_contact': 'contact_count',
} %}

with

orders as (
    select
        account_id,
        bool_or(not is_return) as is_sold
    from {{ ref('fct_order_lines') }}
    where account_id is not null
    group by account_id, feed, order_id
),

compared as (
    {% for fact, column in counted.items() %}
    select
        '{{ column }}' as figure,
        (
            select count(*) from {{ ref(fact) }}
            where account_id is not null
        ) as accepted,
        (select sum({{ column }}) from {{ ref('account_360') }}) as of_accounts
    union all
    {% endfor %}
    select
        'order_count' as figure,
        (
            select count(*) from orders
            where is_sold
        ) as accepted,
        (select sum(order_count) from {{ ref('account_360') }}) as of_accounts
    union all
    select
        'companies' as figure,
        (select count(*) from {{ ref('dim_account') }}) as accepted,
        (select count(*) from {{ ref('account_360') }}) as of_accounts
    union all
    select
        'companies of groups' as figure,
        (select count(*) from {{ ref('dim_account') }}) as accepted,
        (
            select sum(group_account_count)
            from {{ ref('account_360') }}
            where account_id = group_account_id
        ) as of_accounts
)

select
    figure,
    accepted,
    coalesce(of_accounts, 0) as of_accounts
from compared
where accepted <> coalesce(of_accounts, 0)
