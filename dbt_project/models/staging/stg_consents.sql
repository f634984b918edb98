with

versions as (
    {{ newest_versions('consents') }}
    -- A state is dated by its own column; who cannot be read to have agreed up to then has not.
    and coalesce(facts.consent_date < {{ end_of_as_of() }}, not list_contains(facts.unreadable, 'consent_date'))
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
