with

versions as (
    {{ newest_versions('campaigns') }}
),

final as (
    select
        feed,
        record_key,
        event_at,
        campaign_id,
        campaign_name,
        campaign_type,
        channel,
        purpose,
        start_date,
        end_date,
        budget_amount,
        upper(trim(currency)) as currency
    from versions
)

select * from final
