with

versions as (
    {{ newest_versions('newsletter_events') }}
),

final as (
    select
        feed,
        record_key,
        load_number,
        row_number,
        profile_id,
        event_at,
        event_type,
        newsletter,
        campaign_id,
        {{ without_query('link_url') }} as link_url
    from versions
)

select * from final
