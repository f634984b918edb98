{% set recent = "order_date >= " ~ days_before_end(var('loyal_window_days')) %}

with

order_lines as (
    select * from {{ ref('fct_order_lines') }}
    where account_id is not null
),

products as (
    select
        product_id,
        category
    from {{ ref('dim_product') }}
),

orders as (
    select
        account_id,
        feed,
        order_id,
        min(order_date) as order_date,
        count(*) filter (where not is_return) as sale_count,
        sum(base_amount) as net_revenue,
        coalesce(sum(base_amount) filter (where not is_return), 0) as gross_revenue,
        coalesce(sum(base_discount_amount) filter (where not is_return), 0) as discount_amount
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
        sum(gross_revenue) as gross_revenue,
        sum(net_revenue) as net_revenue,
        sum(discount_amount) as discount_amount,
        coalesce(sum(net_revenue) filter (where {{ recent }}), 0) as recent_net_revenue
    from orders
    group by account_id
),

bought as (
    select
        order_lines.account_id,
        order_lines.product_id,
        products.category,
        count(*) as line_count
    from order_lines
    left join products on order_lines.product_id = products.product_id
    where order_lines.product_id is not null and not order_lines.is_return
    group by order_lines.account_id, order_lines.product_id, products.category
),

usual_products as (
    select
        account_id,
        arg_max(product_id, row(line_count, product_id), 3) as usual_product_ids
    from bought
    group by account_id
),

categories as (
    select
        account_id,
        category,
        sum(line_count) as line_count
    from bought
    where category is not null
    group by account_id, category
),

usual_categories as (
    select
        account_id,
        arg_max(category, row(line_count, category), 3) as usual_categories
    from categories
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
        ordered.account_id,
        ordered.order_count,
        ordered.recent_order_count,
        ordered.first_order_date,
        ordered.last_order_date,
        cast(ordered.gross_revenue as decimal(18, 2)) as gross_revenue,
        cast(ordered.net_revenue as decimal(18, 2)) as net_revenue,
        cast(ordered.recent_net_revenue as decimal(18, 2)) as recent_net_revenue,
        case
            when ordered.order_count > 0
                then cast(round(ordered.gross_revenue / ordered.order_count, 2) as decimal(18, 2))
        end as average_basket_amount,
        {{ share('ordered.discount_amount', '(ordered.gross_revenue + ordered.discount_amount)') }} as discount_share,
        usual_products.usual_product_ids,
        usual_categories.usual_categories,
        ranked.revenue_rank
    from ordered
    left join usual_products on ordered.account_id = usual_products.account_id
    left join usual_categories on ordered.account_id = usual_categories.account_id
    left join ranked on ordered.account_id = ranked.account_id
)

select * from final
