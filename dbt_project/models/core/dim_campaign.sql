with

campaigns as (
    select * from {{ ref('stg_campaigns') }}
),

final as (
    select
        campaign_id,
        campaign_name,
        campaign_type,
        channel,
        purpose,
        start_date,
        end_date,
        budget_amount,
        currency,
        feed
    from campaigns
    qualify row_number() over (partition by campaign_id order by event_at desc, feed, record_key) = 1
)

select * from final
