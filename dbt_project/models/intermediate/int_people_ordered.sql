with

order_lines as (
    select * from {{ ref('fct_order_lines') }}
),

orders as (
    select
        person_id,
        feed,
        order_id,
        min(order_date) as order_date,
        max(sales_channel) as sales_channel,
        count(*) filter (where not is_return) as sale_count,
        count(*) filter (where is_return) as return_count,
        coalesce(sum(base_amount) filter (where not is_return), 0) as gross_revenue,
        coalesce(sum(base_amount) filter (where is_return), 0) as returned_amount,
        bool_or(coupon_code is not null) as has_coupon
    from order_lines
    where person_id is not null
    group by person_id, feed, order_id
),

ordered as (
    select
        person_id,
        count(*) filter (where sale_count > 0) as order_count,
        count(*) filter (
            where sale_count > 0 and order_date >= {{ days_before_end(var('loyal_window_days')) }}
        ) as recent_order_count,
        count(*) filter (where sale_count > 0 and has_coupon) as coupon_order_count,
        min(order_date) filter (where sale_count > 0) as first_order_date,
        max(order_date) filter (where sale_count > 0) as last_order_date,
        sum(sale_count) as sale_line_count,
        sum(return_count) as return_count,
        sum(gross_revenue) as gross_revenue,
        -sum(returned_amount) as returned_amount,
        sum(gross_revenue + returned_amount) as net_revenue,
        coalesce(
            sum(gross_revenue + returned_amount) filter (
                where order_date >= {{ days_before_end(var('loyal_window_days')) }}
            ), 0
        ) as recent_net_revenue
    from orders
    group by person_id
),

channels as (
    select
        person_id,
        sales_channel,
        count(*) as order_count
    from orders
    where sale_count > 0 and sales_channel is not null
    group by person_id, sales_channel
),

usual_channels as (
    select
        person_id,
        arg_max(sales_channel, row(order_count, sales_channel)) as usual_sales_channel
    from channels
    group by person_id
),

final as (
    select
        ordered.person_id,
        ordered.order_count,
        ordered.recent_order_count,
        ordered.coupon_order_count,
        ordered.first_order_date,
        ordered.last_order_date,
        -- Nought for an order dated after as_of.
        case
            when ordered.last_order_date is not null
                then greatest(date_diff('day', ordered.last_order_date, {{ as_of() }}), 0)
        end as days_since_last_order,
        case
            when ordered.order_count > 1
                then cast(
                    date_diff('day', ordered.first_order_date, ordered.last_order_date)
                    / (ordered.order_count - 1) as decimal(9, 1)
                )
        end as average_days_between_orders,
        cast(ordered.sale_line_count as bigint) as sale_line_count,
        cast(ordered.return_count as bigint) as return_count,
        cast(ordered.gross_revenue as decimal(18, 2)) as gross_revenue,
        cast(ordered.returned_amount as decimal(18, 2)) as returned_amount,
        cast(ordered.net_revenue as decimal(18, 2)) as net_revenue,
        cast(ordered.recent_net_revenue as decimal(18, 2)) as recent_net_revenue,
        case
            when ordered.order_count > 0
                then cast(round(ordered.gross_revenue / ordered.order_count, 2) as decimal(18, 2))
        end as average_basket_amount,
        case
            when ordered.gross_revenue > 0
                then cast(round(ordered.returned_amount / ordered.gross_revenue, 4) as decimal(9, 4))
        end as return_share,
        usual_channels.usual_sales_channel
    from ordered
    left join usual_channels on ordered.person_id = usual_channels.person_id
)

select * from final
