{{ config(materialized='amended') }}
with

newsletter_events as (
    select * from {{ ref('stg_newsletter_events') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

final as (
    select
        newsletter_events.feed,
        newsletter_events.record_key,
        newsletter_events.profile_id,
        profile_person.person_id,
        newsletter_events.event_at,
        newsletter_events.event_type,
        newsletter_events.newsletter,
        newsletter_events.campaign_id,
        newsletter_events.link_url
    from newsletter_events
    left join profile_person on newsletter_events.profile_id = profile_person.profile_id
)

select * from final
