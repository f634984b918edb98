-- Invariant 6, from the events alone: the consent that a contact rests on was given by this very person for this very
-- contact point, nothing later on that point takes it back, whoever said it, and without consent nobody ever refused.
with

allowed as (
    select * from {{ ref('contactability') }}
    where is_allowed
),

permission_events as (
    select * from {{ ref('fct_permission_events') }}
    where contact_point_id is not null
),

refusals as (
    select * from permission_events
    where event_type in ('withdrawal', 'objection', 'complaint', 'suppression', 'suspension')
)

select
    allowed.person_id,
    allowed.channel,
    allowed.purpose,
    'nobody gave the consent it rests on' as problem
from allowed
left join permission_events
    on
        permission_events.event_type = 'grant'
        and allowed.grant_feed = permission_events.feed
        and allowed.grant_record_key = permission_events.record_key
        and allowed.person_id = permission_events.person_id
        and allowed.channel = permission_events.channel
        and allowed.purpose = permission_events.purpose
        and allowed.contact_point_id = permission_events.contact_point_id
        and allowed.granted_at = permission_events.event_at
where allowed.grant_record_key is not null and permission_events.feed is null

union all

select
    allowed.person_id,
    allowed.channel,
    allowed.purpose,
    'refused' as problem
from allowed
inner join refusals
    on
        allowed.contact_point_id = refusals.contact_point_id
        and allowed.channel = refusals.channel
where
    (
        allowed.granted_at <= refusals.blocks_until
        or refusals.event_type = 'suspension'
        or allowed.basis not in ('consent', 'contract')
    )
    and (
        allowed.purpose = refusals.purpose
        or (refusals.covers <> 'purpose' and {{ is_marketing('allowed.purpose') }})
    )
    -- Whoever objects to marketing may still be told about their order.
    and not (refusals.covers = 'marketing' and not {{ is_marketing('allowed.purpose') }})
