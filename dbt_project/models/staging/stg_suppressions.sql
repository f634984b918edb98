with

versions as (
    {{ newest_versions('suppressions') }}
),

final as (
    select
        feed,
        record_key,
        profile_id,
        event_at,
        channel,
        purpose,
        reason
    from versions
)

select * from final
