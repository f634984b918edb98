-- The last word of each profile, by its own acts and by the lists of those not to be contacted that hold a point of it;
-- of two at one moment the withdrawal counts.
with

permission_events as (
    select * from {{ ref('fct_permission_events') }}
    where event_type in ('grant', 'withdrawal', 'objection', 'complaint')
),

profile_points as (
    select * from {{ ref('int_profile_points') }}
),

blocked as (
    select * from {{ ref('int_permissions_blocked') }}
    where event_type = 'suppression' and contact_point_id is not null
),

purposes as (
    select * from {{ ref('int_purposes_known') }}
),

spoken as (
    select
        profile_id,
        purpose,
        channel,
        event_type = 'grant' as is_granted,
        event_at
    from permission_events
    where purpose is not null and profile_id is not null
    union all
    select
        profile_points.profile_id,
        purposes.purpose,
        blocked.channel,
        false as is_granted,
        blocked.event_at
    from blocked
    inner join profile_points on blocked.contact_point_id = profile_points.contact_point_id
    inner join purposes on {{ covers('blocked', 'purposes.purpose') }}
),

final as (
    select
        profile_id,
        purpose,
        channel,
        arg_max(is_granted, row(event_at, not is_granted)) as is_granted,
        max(event_at) as said_at
    from spoken
    group by profile_id, purpose, channel
)

select * from final
