with

versions as (
    {{ newest_versions('web_events') }}
),

final as (
    select
        feed,
        record_key,
        profile_id,
        cookie_key,
        event_at,
        event_type,
        session_id,
        {{ without_query('page_url') }} as page_url,
        {{ without_query('referrer') }} as referrer,
        source_code,
        campaign_id,
        product_id
    from versions
)

select * from final
