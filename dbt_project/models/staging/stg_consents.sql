with

versions as (
    {{ newest_versions('consents') }}
    -- A state is dated by its own column; who is said to agree later than the row itself, or when nobody can read,
    -- has not yet.
    and coalesce(
        facts.consent_date < facts.event_at + interval 1 day, not list_contains(facts.unreadable, 'consent_date')
    )
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
