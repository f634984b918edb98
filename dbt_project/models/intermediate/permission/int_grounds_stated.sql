-- A customer table that is delivered whole states a ground again and again: it counts from the first time.
with

feeds as (
    select * from {{ source('raw', 'feeds') }}
    where delivery = 'snapshot'
),

facts as (
    {{ facts_that_state_grounds() }}
),

first_stated as (
    select
        facts.profile_id,
        min(facts.event_at) over (partition by facts.feed, facts.record_key) as granted_at
    from facts
    inner join feeds on facts.feed = feeds.feed
),

final as (
    select
        profile_id,
        max(granted_at) as granted_at
    from first_stated
    where profile_id is not null
    group by profile_id
)

select * from final
