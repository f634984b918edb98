-- Where each refusal holds, by channel: at its contact points for everybody who shares them, and at the people it reaches.
with

refusals as (
    select * from {{ ref('int_refusals_understood') }}
),

refusal_points as (
    select * from {{ ref('int_refusals_placed') }}
),

reaching as (
    select * from {{ ref('int_refusals_reaching') }}
),

bounced as (
    select * from {{ ref('int_profiles_bounced') }}
),

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

profile_points as (
    select * from {{ ref('int_profile_points') }}
),

newsletter_events as (
    select * from {{ ref('stg_newsletter_events') }}
    where event_type in ('subscribe', 'confirm', 'open', 'click')
),

-- An address that came back for good and of which something was heard since is alive.
hard_bounced as (
    select
        refusals.refusal_id,
        refusals.blocks_until,
        profile_points.profile_id
    from refusals
    inner join refusal_points on refusals.refusal_id = refusal_points.refusal_id
    inner join profile_points on refusal_points.contact_point_id = profile_points.contact_point_id
    where refusals.event_type = 'bounce' and profile_points.contact_point_type = 'email'
),

alive as (
    select distinct hard_bounced.refusal_id
    from hard_bounced
    inner join newsletter_events on hard_bounced.profile_id = newsletter_events.profile_id
    where newsletter_events.event_at > hard_bounced.blocks_until
),

channelled as (
    select
        refusals.refusal_id,
        refusals.feed,
        refusals.record_key,
        refusals.event_type,
        refusals.event_at,
        refusals.blocks_until,
        refusals.covers,
        refusals.purpose,
        refusals.reason,
        refusals.suppression_reason,
        refusals.is_erased,
        refusals.number_key,
        refusals.record_id_key,
        refusals.given_key,
        refusals.family_key,
        refusals.number_space,
        unnest(refusals.channels) as channel
    from refusals
    anti join alive on refusals.refusal_id = alive.refusal_id
),

undeliverable as (
    select
        profile_points.contact_point_id,
        profiles_seen.feed,
        bounced.record_key,
        bounced.bounced_at
    from bounced
    inner join profile_points
        on bounced.profile_id = profile_points.profile_id and profile_points.contact_point_type = 'email'
    inner join profiles_seen on bounced.profile_id = profiles_seen.profile_id
),

final as (
    select
        channelled.*,
        refusal_points.contact_point_id,
        cast(null as bigint) as person_id
    from channelled
    inner join refusal_points
        on
            channelled.refusal_id = refusal_points.refusal_id
            and {{ reaches('channelled.channel', 'refusal_points.contact_point_type') }}
    union all by name
    select
        channelled.*,
        reaching.person_id
    from channelled
    inner join reaching on channelled.refusal_id = reaching.refusal_id
    union all by name
    select
        contact_point_id,
        feed,
        record_key,
        bounced_at as event_at,
        bounced_at as blocks_until,
        'bounce' as event_type,
        'email' as channel,
        'everything' as covers,
        false as is_erased
    from undeliverable
)

select * from final
