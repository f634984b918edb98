{% set has_time = "local_sold_at <> date_trunc('day', local_sold_at)" %} -- midnight sharp is a day without a time

with

orders as (
    select * from {{ ref('int_orders_local_time') }}
),

order_hours as (
    {{ usual('order_hour', 'hour(local_sold_at)', 'local_sold_at', has_time) }}
),

order_weekdays as (
    {{ usual('order_weekday', 'isodow(local_sold_at)', 'local_sold_at') }}
),

final as (
    select
        order_weekdays.person_id,
        order_hours.usual_order_hour,
        {{ share('order_hours.usual_count', 'order_hours.counted') }} as usual_order_hour_share,
        order_weekdays.usual_order_weekday,
        {{ share('order_weekdays.usual_count', 'order_weekdays.counted') }} as usual_order_weekday_share
    from order_weekdays
    left join order_hours on order_weekdays.person_id = order_hours.person_id
)

select * from final
