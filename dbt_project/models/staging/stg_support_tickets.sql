with

versions as (
    {{ newest_versions('support_tickets') }}
),

final as (
    select
        feed,
        record_key,
        profile_id,
        event_at,
        ticket_id,
        category,
        ticket_status,
        contact_channel,
        product_id,
        closed_at,
        satisfaction_score
    from versions
)

select * from final
