with

sales as (
    select * from {{ ref('stg_sales') }}
),

rates as (
    select * from {{ ref('int_rates_valid') }}
),

order_days as (
    select distinct
        currency,
        cast(event_at as date) as order_date
    from sales
),

final as (
    select
        order_days.currency,
        order_days.order_date,
        rates.rate
    from order_days
    left join rates
        on
            order_days.currency = rates.currency
            and order_days.order_date >= rates.valid_from
            and order_days.order_date < rates.valid_until
)

select * from final
