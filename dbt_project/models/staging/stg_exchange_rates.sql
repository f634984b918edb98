with

versions as (
    {{ newest_versions('exchange_rates') }}
),

final as (
    select
        feed,
        record_key,
        event_at,
        upper(trim(currency)) as currency,
        coalesce(upper(trim(base_currency)), {{ base_currency() }}) as base_currency,
        rate
    from versions
)

select * from final
