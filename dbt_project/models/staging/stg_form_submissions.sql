with

versions as (
    {{ newest_versions('form_submissions') }}
),

final as (
    select
        feed,
        record_key,
        profile_id,
        event_at,
        form_type,
        product_id,
        campaign_id,
        {{ without_query('landing_page') }} as landing_page,
        source_code,
        coupon_code
    from versions
)

select * from final
