-- Where each refusal holds, by channel: at its contact points, for everybody who shares them, and at whom it reaches.
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
    where event_type in ('open', 'click') and profile_id is not null
),

permission_events as (
    select * from {{ ref('fct_permission_events') }}
    where event_type in ('grant', 'unconfirmed_grant') and contact_point_id is not null
),

-- Where a contact point was said to be gone: for good, by a list, or by its last messages.
gone as (
    select
        refusals.refusal_id,
        cast(null as bigint) as profile_id,
        refusal_points.contact_point_id,
        refusals.blocks_until
    from refusals
    inner join refusal_points on refusals.refusal_id = refusal_points.refusal_id
    where refusals.event_type = 'bounce'
    union all
    select
        cast(null as bigint) as refusal_id,
        bounced.profile_id,
        profile_points.contact_point_id,
        bounced.bounced_at as blocks_until
    from bounced
    inner join profile_points
        on bounced.profile_id = profile_points.profile_id and profile_points.contact_point_type = 'email'
),

-- A sign of life since then: a grant there, a mail opened.
signs as (
    select
        permission_events.contact_point_id,
        permission_events.event_at
    from permission_events
    semi join gone on permission_events.contact_point_id = gone.contact_point_id
    union all
    select
        profile_points.contact_point_id,
        newsletter_events.event_at
    from newsletter_events
    inner join profile_points
        on newsletter_events.profile_id = profile_points.profile_id and profile_points.contact_point_type = 'email'
    semi join gone on profile_points.contact_point_id = gone.contact_point_id
),

last_signs as (
    select
        contact_point_id,
        max(event_at) as last_sign_at
    from signs
    group by contact_point_id
),

alive as (
    select gone.*
    from gone
    inner join last_signs on gone.contact_point_id = last_signs.contact_point_id
    where last_signs.last_sign_at > gone.blocks_until
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
        refusals.purposes,
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
),

undeliverable as (
    select
        gone.contact_point_id,
        profiles_seen.feed,
        bounced.record_key,
        bounced.bounced_at
    from bounced
    inner join gone on bounced.profile_id = gone.profile_id
    anti join alive on gone.profile_id = alive.profile_id and gone.contact_point_id = alive.contact_point_id
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
    anti join alive
        on channelled.refusal_id = alive.refusal_id and refusal_points.contact_point_id = alive.contact_point_id
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
