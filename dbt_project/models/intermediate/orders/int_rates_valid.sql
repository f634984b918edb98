with

exchange_rates as (
    select * from {{ ref('stg_exchange_rates') }}
),

rates as (
    select
        currency,
        rate,
        cast(event_at as date) as rate_date
    from exchange_rates
    where base_currency = {{ base_currency() }} and currency <> {{ base_currency() }} and rate > 0
    qualify row_number() over (partition by currency, rate_date order by event_at desc, feed, record_key) = 1
),

final as (
    select
        currency,
        rate,
        rate_date as valid_from,
        lead(rate_date, 1, date '9999-12-31') over (partition by currency order by rate_date) as valid_until
    from rates
    union all
    select
        {{ base_currency() }} as currency,
        1 as rate,
        date '0001-01-01' as valid_from,
        date '9999-12-31' as valid_until
)

select * from final
