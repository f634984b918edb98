with

versions as (
    {{ newest_versions('list_prospects') }}
),

final as (
    select
        feed,
        record_key,
        profile_id,
        event_at,
        list_name,
        prospect_segment
    from versions
)

select * from final
