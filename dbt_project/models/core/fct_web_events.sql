{{ config(materialized='amended') }}
with

web_events as (
    select * from {{ ref('stg_web_events') }}
),

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

-- Who was once identified by a cookie is the visitor of its other events; of several, the first known.
cookies as (
    select
        profiles_seen.cookie_key,
        arg_min(profile_person.person_id, profile_person.profile_id) as person_id
    from profiles_seen
    inner join profile_person on profiles_seen.profile_id = profile_person.profile_id
    where profiles_seen.cookie_key is not null
    group by profiles_seen.cookie_key
),

-- Few visitors are known. Of a join DuckDB keeps the side in memory that it takes for the smaller: against all profiles
-- that would be the events.
known_visitors as (
    select
        profile_person.profile_id,
        profile_person.person_id
    from profile_person
    inner join profiles_seen on profile_person.profile_id = profiles_seen.profile_id
    where profiles_seen.kind = 'web_events'
),

-- One equality each: a condition on the left side alone would make the join compare every pair.
final as (
    select
        web_events.feed,
        web_events.record_key,
        web_events.profile_id,
        coalesce(known_visitors.person_id, cookies.person_id) as person_id,
        web_events.event_at,
        web_events.event_type,
        web_events.session_id,
        web_events.page_url,
        web_events.referrer,
        web_events.source_code,
        web_events.campaign_id,
        web_events.product_id,
        cookies.person_id is not null as is_known_by_cookie
    from web_events
    left join cookies
        on case when web_events.profile_id is null then web_events.cookie_key end = cookies.cookie_key
    left join known_visitors on web_events.profile_id = known_visitors.profile_id
)

select * from final
