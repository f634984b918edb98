with

order_lines as (
    select * from {{ ref('fct_order_lines') }}
    where person_id is not null and product_id is not null
),

web_events as (
    select * from {{ ref('fct_web_events') }}
    where person_id is not null and product_id is not null
),

-- By order first: cheaper than a distinct count. An order number is unique within its feed only; why its hash serves
-- stands in int_orders_summed.
orders as (
    select
        person_id,
        product_id,
        hash(feed, order_id) as order_hash,
        count(*) filter (where not is_return) as sale_count,
        sum(quantity) filter (where not is_return) as quantity,
        sum(abs(quantity)) filter (where is_return) as returned_quantity,
        sum(base_amount) as net_revenue,
        min(order_date) filter (where not is_return) as first_order_date,
        max(order_date) filter (where not is_return) as last_order_date
    from order_lines
    group by person_id, product_id, order_hash
),

bought as (
    select
        person_id,
        product_id,
        count(*) filter (where sale_count > 0) as order_count,
        sum(quantity) as quantity,
        sum(returned_quantity) as returned_quantity,
        sum(net_revenue) as net_revenue,
        min(first_order_date) as first_order_date,
        max(last_order_date) as last_order_date
    from orders
    group by person_id, product_id
),

looked_at as (
    select
        person_id,
        product_id,
        count(*) filter (where event_type = 'product_view') as view_count,
        count(*) filter (
            where event_type = 'product_view' and event_at >= {{ days_before_end(var('web_window_days')) }}
        ) as recent_view_count,
        count(*) filter (where event_type = 'basket') as basket_count,
        max(event_at) filter (where event_type = 'product_view') as last_view_at,
        max(event_at) filter (where event_type = 'basket') as last_basket_at,
        max(event_at) filter (where event_type = 'wish') as last_wish_at
    from web_events
    group by person_id, product_id
),

final as (
    select
        person_id,
        product_id,
        coalesce(bought.order_count, 0) as order_count,
        cast(coalesce(bought.quantity, 0) as decimal(18, 6)) as quantity,
        cast(coalesce(bought.returned_quantity, 0) as decimal(18, 6)) as returned_quantity,
        cast(coalesce(bought.net_revenue, 0) as decimal(18, 2)) as net_revenue,
        bought.first_order_date,
        bought.last_order_date,
        coalesce(looked_at.view_count, 0) as view_count,
        coalesce(looked_at.recent_view_count, 0) as recent_view_count,
        coalesce(looked_at.basket_count, 0) as basket_count,
        looked_at.last_view_at,
        looked_at.last_basket_at,
        looked_at.last_wish_at
    from bought
    full outer join looked_at using (person_id, product_id)
)

select * from final
