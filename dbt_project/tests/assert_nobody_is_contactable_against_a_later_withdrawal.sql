-- Invariant 6, from the events alone: what is allowed by consent has a consent of this very person for this very
-- contact point, and nothing later on that point takes it back, whoever said it.
with

allowed as (
    select * from {{ ref('contactability') }}
    where is_allowed
),

permission_events as (
    select * from {{ ref('fct_permission_events') }}
    where contact_point_id is not null
),

last_grants as (
    select
        allowed.person_id,
        allowed.channel,
        allowed.purpose,
        allowed.contact_point_id,
        max(permission_events.event_at) as granted_at
    from allowed
    left join permission_events
        on
            permission_events.event_type = 'grant'
            and allowed.person_id = permission_events.person_id
            and allowed.channel = permission_events.channel
            and allowed.purpose = permission_events.purpose
            and allowed.contact_point_id = permission_events.contact_point_id
    where allowed.basis = 'consent'
    group by all
)

select
    person_id,
    channel,
    purpose,
    'no consent' as problem
from last_grants
where granted_at is null

union all

select
    last_grants.person_id,
    last_grants.channel,
    last_grants.purpose,
    'refused later' as problem
from last_grants
inner join permission_events
    on
        last_grants.contact_point_id = permission_events.contact_point_id
        and last_grants.channel = permission_events.channel
        and last_grants.granted_at <= permission_events.event_at
where
    permission_events.event_type in ('withdrawal', 'objection', 'complaint', 'suppression')
    and (
        permission_events.purpose = last_grants.purpose
        or (
            permission_events.covers <> 'purpose'
            and {{ is_marketing('last_grants.purpose') }}
        )
    )

union all

select
    allowed.person_id,
    allowed.channel,
    allowed.purpose,
    'refused without consent' as problem
from allowed
inner join permission_events
    on
        allowed.contact_point_id = permission_events.contact_point_id
        and allowed.channel = permission_events.channel
        and allowed.purpose = permission_events.purpose
where
    allowed.basis not in ('consent', 'contract')
    and permission_events.event_type in ('withdrawal', 'objection', 'complaint', 'suppression')
