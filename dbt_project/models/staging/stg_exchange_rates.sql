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
        coalesce(upper(trim(base_currency)), '{{ env_var("STAMGAST_BASE_CURRENCY") }}') as base_currency,
        rate
    from versions
)

select * from final
