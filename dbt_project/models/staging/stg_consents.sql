with

versions as (
    {{ newest_versions('consents') }}
),

final as (
    select
        feed,
        record_key,
        load_number,
        row_number,
        profile_id,
        event_at,
        consent_date,
        consent_action,
        purpose,
        channel,
        wording_version,
        is_confirmed
    from versions
)

select * from final
