with

consents as (
    select * from {{ ref('stg_consents') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

final as (
    select
        consents.feed,
        consents.record_key,
        consents.profile_id,
        profile_person.person_id,
        consents.event_at,
        consents.consent_action,
        consents.purpose,
        consents.channel,
        consents.wording_version,
        consents.is_confirmed
    from consents
    left join profile_person on consents.profile_id = profile_person.profile_id
)

select * from final
