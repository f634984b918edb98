{% set is_recent = "order_date >= " ~ days_before_end(var('loyal_window_days')) %}
{% set in_season = "sale_count > 0 and " ~ is_recent %}

with

orders as (
    select * from {{ ref('int_orders_summed') }}
),

ordered as (
    select
        person_id,
        count(*) filter (where sale_count > 0) as order_count,
        count(*) filter (where sale_count > 0 and {{ is_recent }}) as recent_order_count,
        count(*) filter (where sale_count > 0 and is_business) as business_order_count,
        count(*) filter (where sale_count > 0 and has_coupon) as coupon_order_count,
        count(*) filter (where sale_count > 0 and (has_coupon or discount_amount > 0)) as discounted_order_count,
        min(order_date) filter (where sale_count > 0) as first_order_date,
        max(order_date) filter (where sale_count > 0) as last_order_date,
        sum(return_count) as return_count,
        sum(gross_revenue) as gross_revenue,
        sum(returned_amount) as returned_amount,
        sum(discount_amount) as discount_amount,
        coalesce(sum(gross_revenue - returned_amount) filter (where {{ is_recent }}), 0) as recent_net_revenue,
        coalesce(sum(gross_revenue - returned_amount) filter (where is_business), 0) as business_net_revenue,
        count(*) filter (where {{ in_season }} and quarter(order_date) = 1) as q1,
        count(*) filter (where {{ in_season }} and quarter(order_date) = 2) as q2,
        count(*) filter (where {{ in_season }} and quarter(order_date) = 3) as q3,
        count(*) filter (where {{ in_season }} and quarter(order_date) = 4) as q4
    from orders
    group by person_id
),

order_days as (
    select
        person_id,
        order_date
    from orders
    where sale_count > 0
    group by person_id, order_date
),

gaps as (
    select
        person_id,
        order_date - lag(order_date) over (partition by person_id order by order_date) as days
    from order_days
),

-- Whole numbers until the last step: sums of fractions would depend on their order.
rhythms as (
    select
        person_id,
        count(days) as gap_count,
        sum(days) as day_count,
        sum(days * days) as squared_day_count,
        median(days) as median_days
    from gaps
    group by person_id
    having count(days) > 0
),

sales_channels as (
    {{ usual('sales_channel', 'sales_channel', 'sold_at', 'sale_count > 0') }}
),

final as (
    select
        ordered.person_id,
        ordered.order_count,
        ordered.recent_order_count,
        ordered.business_order_count,
        ordered.coupon_order_count,
        ordered.discounted_order_count,
        ordered.first_order_date,
        ordered.last_order_date,
        -- Nought for an order dated after as_of.
        case
            when ordered.last_order_date is not null
                then greatest(date_diff('day', ordered.last_order_date, {{ as_of() }}), 0)
        end as days_since_last_order,
        cast(rhythms.day_count / rhythms.gap_count as decimal(9, 1)) as average_days_between_orders,
        cast(rhythms.median_days as decimal(9, 1)) as median_days_between_orders,
        case
            when rhythms.gap_count > 1
                then cast(
                    sqrt(
                        (rhythms.gap_count * rhythms.squared_day_count - rhythms.day_count * rhythms.day_count)
                        / (rhythms.gap_count * (rhythms.gap_count - 1))
                    )
                    / (rhythms.day_count / rhythms.gap_count) as decimal(9, 2)
                )
        end as order_gap_variation,
        cast(ordered.return_count as bigint) as return_count,
        cast(ordered.gross_revenue as decimal(18, 2)) as gross_revenue,
        cast(ordered.returned_amount as decimal(18, 2)) as returned_amount,
        cast(ordered.gross_revenue - ordered.returned_amount as decimal(18, 2)) as net_revenue,
        cast(ordered.recent_net_revenue as decimal(18, 2)) as recent_net_revenue,
        cast(ordered.business_net_revenue as decimal(18, 2)) as business_net_revenue,
        case
            when ordered.order_count > 0
                then cast(round(ordered.gross_revenue / ordered.order_count, 2) as decimal(18, 2))
        end as average_basket_amount,
        {{ share('ordered.returned_amount', 'ordered.gross_revenue') }} as return_share,
        {{ share('ordered.discount_amount', '(ordered.gross_revenue + ordered.discount_amount)') }} as discount_share,
        sales_channels.usual_sales_channel,
        {{ share('sales_channels.usual_count', 'sales_channels.counted') }} as usual_sales_channel_share,
        case
            when ordered.recent_order_count >= {{ var('season_order_count') }}
                then list_position(
                    [ordered.q1, ordered.q2, ordered.q3, ordered.q4],
                    greatest(ordered.q1, ordered.q2, ordered.q3, ordered.q4)
                )
        end as busiest_quarter
    from ordered
    left join rhythms on ordered.person_id = rhythms.person_id
    left join sales_channels on ordered.person_id = sales_channels.person_id
)

select * from final
