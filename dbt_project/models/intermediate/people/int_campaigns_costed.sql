-- Of a campaign by newsletter it is known who got it: each of them cost an equal part of its budget.
with

campaigns as (
    select * from {{ ref('dim_campaign') }}
),

rates as (
    select * from {{ ref('int_rates_valid') }}
),

sends as (
    select
        campaign_id,
        count(*) as contact_count
    from {{ ref('fct_newsletter_events') }}
    where event_type = 'send' and campaign_id is not null
    group by campaign_id
),

final as (
    select
        campaigns.campaign_id,
        sends.contact_count,
        cast(campaigns.budget_amount / rates.rate / sends.contact_count as decimal(18, 6)) as contact_cost
    from campaigns
    inner join sends on campaigns.campaign_id = sends.campaign_id
    inner join rates
        on
            campaigns.currency = rates.currency
            and coalesce(campaigns.start_date, {{ as_of() }}) >= rates.valid_from
            and coalesce(campaigns.start_date, {{ as_of() }}) < rates.valid_until
    where campaigns.budget_amount is not null
)

select * from final
