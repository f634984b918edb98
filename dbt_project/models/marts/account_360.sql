{% set recent = "order_date >= " ~ days_before_end(var('loyal_window_days')) %}

with

accounts as (
    select * from {{ ref('dim_account') }}
),

contacts as (
    select
        account_id,
        count(*) as contact_count,
        count(*) filter (where is_current) as current_contact_count
    from {{ ref('dim_account_contact') }}
    group by account_id
),

order_lines as (
    select * from {{ ref('fct_order_lines') }}
    where account_id is not null
),

orders as (
    select
        account_id,
        feed,
        order_id,
        min(order_date) as order_date,
        count(*) filter (where not is_return) as sale_count,
        sum(base_amount) as net_revenue,
        coalesce(sum(base_amount) filter (where not is_return), 0) as gross_revenue
    from order_lines
    group by account_id, feed, order_id
),

ordered as (
    select
        account_id,
        count(*) filter (where sale_count > 0) as order_count,
        count(*) filter (where sale_count > 0 and {{ recent }}) as recent_order_count,
        min(order_date) filter (where sale_count > 0) as first_order_date,
        max(order_date) filter (where sale_count > 0) as last_order_date,
        cast(sum(gross_revenue) as decimal(18, 2)) as gross_revenue,
        cast(sum(net_revenue) as decimal(18, 2)) as net_revenue,
        cast(coalesce(sum(net_revenue) filter (where {{ recent }}), 0) as decimal(18, 2)) as recent_net_revenue
    from orders
    group by account_id
),

products as (
    select
        account_id,
        product_id,
        count(*) filter (where not is_return) as line_count
    from order_lines
    where product_id is not null
    group by account_id, product_id
),

usual_products as (
    select
        account_id,
        arg_max(product_id, row(line_count, product_id), 3) as usual_product_ids
    from products
    where line_count > 0
    group by account_id
),

interactions as (
    select
        account_id,
        count(*) as interaction_count,
        max(event_at) as last_interaction_at,
        arg_max(outcome, row(event_at, feed, record_key)) as last_outcome
    from {{ ref('fct_interactions') }}
    where account_id is not null
    group by account_id
),

forms as (
    select
        account_id,
        count(*) as form_count,
        max(event_at) as last_form_at
    from {{ ref('fct_form_submissions') }}
    where account_id is not null
    group by account_id
),

tickets as (
    select
        account_id,
        count(*) as ticket_count,
        max(event_at) as last_ticket_at
    from {{ ref('fct_support_tickets') }}
    where account_id is not null
    group by account_id
),

ranked as (
    select
        account_id,
        percent_rank() over (order by recent_net_revenue) as revenue_rank
    from ordered
    where recent_order_count > 0
),

final as (
    select
        accounts.account_id,
        accounts.postcode_area,
        accounts.country,
        accounts.legal_form,
        accounts.founded_year,
        accounts.nace_code,
        accounts.nace_division,
        accounts.employee_count,
        accounts.turnover_amount,
        accounts.turnover_currency,
        accounts.parent_account_id,
        accounts.is_registered,
        accounts.is_known_from_outside_only,
        accounts.first_seen_at,
        accounts.last_seen_at,
        case
            when coalesce(ordered.order_count, 0) = 0 then 'prospect'
            when ranked.revenue_rank >= {{ var('tier_a_from_rank') }} then 'A'
            when ranked.revenue_rank is not null then 'B'
            else 'C'
        end as account_tier,
        coalesce(contacts.contact_count, 0) as contact_count,
        coalesce(contacts.current_contact_count, 0) as current_contact_count,
        coalesce(ordered.order_count, 0) as order_count,
        coalesce(ordered.recent_order_count, 0) as recent_order_count,
        ordered.first_order_date,
        ordered.last_order_date,
        coalesce(ordered.gross_revenue, 0) as gross_revenue,
        coalesce(ordered.net_revenue, 0) as net_revenue,
        coalesce(ordered.recent_net_revenue, 0) as recent_net_revenue,
        {{ base_currency() }} as currency,
        case
            when ordered.order_count > 0
                then cast(round(ordered.gross_revenue / ordered.order_count, 2) as decimal(18, 2))
        end as average_basket_amount,
        usual_products.usual_product_ids,
        coalesce(interactions.interaction_count, 0) as interaction_count,
        interactions.last_interaction_at,
        interactions.last_outcome,
        coalesce(forms.form_count, 0) as form_count,
        forms.last_form_at,
        coalesce(tickets.ticket_count, 0) as ticket_count,
        tickets.last_ticket_at,
        greatest(
            cast(ordered.last_order_date as timestamp),
            interactions.last_interaction_at,
            forms.last_form_at,
            tickets.last_ticket_at
        ) as last_contact_at
    from accounts
    left join contacts on accounts.account_id = contacts.account_id
    left join ordered on accounts.account_id = ordered.account_id
    left join ranked on accounts.account_id = ranked.account_id
    left join usual_products on accounts.account_id = usual_products.account_id
    left join interactions on accounts.account_id = interactions.account_id
    left join forms on accounts.account_id = forms.account_id
    left join tickets on accounts.account_id = tickets.account_id
)

select * from final
