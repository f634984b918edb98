with

sales as (
    select * from {{ ref('stg_sales') }}
),

exchange_rates as (
    select * from {{ ref('stg_exchange_rates') }}
),

order_days as (
    select distinct
        currency,
        cast(event_at as date) as order_date
    from sales
),

rates as (
    select
        currency,
        rate,
        cast(event_at as date) as rate_date
    from exchange_rates
    where base_currency = {{ base_currency() }} and rate > 0
    qualify row_number() over (partition by currency, rate_date order by event_at desc, feed, record_key) = 1
),

rate_periods as (
    select
        currency,
        rate,
        rate_date as valid_from,
        lead(rate_date, 1, date '9999-12-31') over (partition by currency order by rate_date) as valid_until
    from rates
),

final as (
    select
        order_days.currency,
        order_days.order_date,
        case
            when order_days.currency = {{ base_currency() }} then 1
            else rate_periods.rate
        end as rate
    from order_days
    left join rate_periods
        on
            order_days.currency = rate_periods.currency
            and order_days.order_date >= rate_periods.valid_from
            and order_days.order_date < rate_periods.valid_until
)

select * from final
