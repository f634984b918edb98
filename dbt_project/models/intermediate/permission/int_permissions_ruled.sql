-- What stands against each thing that speaks for a contact, in the order of an audience export.
with

granted as (
    select * from {{ ref('int_permissions_granted') }}
),

blocked as (
    select * from {{ ref('int_permissions_blocked') }}
),

underage as (
    select * from {{ ref('int_people_underage') }}
),

profile_points as (
    select * from {{ ref('int_profile_points') }}
),

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
    where makes_people
),

-- Who grants at a contact point where somebody refused.
granting as (
    select
        profile_id,
        case
            when {{ number_key("feed || ':' || trim(record_id)") }} not in {{ numbers_of_nobody('record') }}
                then {{ number_key('record_id') }}
        end as record_id_key,
        case
            when {{ number_key('customer_number') }} not in {{ numbers_of_nobody('customer_number') }}
                then {{ number_key('customer_number') }}
        end as number_key,
        {{ given_key('given_name_clean') }} as given_key,
        {{ family_key('family_name_clean') }} as family_key
    from profiles_seen
    where
        profile_id in (
            select granted.profile_id
            from granted
            semi join blocked on granted.contact_point_id = blocked.contact_point_id
        )
),

-- The name of a contact point, where all who give a full name there give one that one person may bear.
names as (
    select
        profile_points.contact_point_id,
        {{ given_key('profiles_seen.given_name_clean') }} as given_key,
        {{ family_key('profiles_seen.family_name_clean') }} as family_key
    from profile_points
    semi join blocked on profile_points.contact_point_id = blocked.contact_point_id
    inner join profiles_seen on profile_points.profile_id = profiles_seen.profile_id
),

point_names as (
    select
        contact_point_id,
        arg_max(given_key, row(length(given_key), given_key)) as given_key,
        min(family_key) as family_key
    from names
    where given_key is not null and family_key is not null
    group by contact_point_id
    having
        count(distinct family_key) = 1
        and count(distinct given_key) filter (where length(given_key) > 1) <= 1
        and count(distinct left(given_key, 1)) = 1
),

-- At a contact point only what its own record shows to be the same person's lifts a refusal: no identity is asked.
at_points as (
    select
        granted.profile_id,
        granted.contact_point_id,
        granted.purpose,
        granted.channel,
        granted.basis,
        granted.is_confirmed,
        blocked.event_type,
        blocked.event_at,
        blocked.blocks_until,
        blocked.feed,
        blocked.record_key,
        blocked.reason,
        blocked.suppression_reason,
        granted.is_act
        and granted.weighed_at > blocked.blocks_until
        and case
            -- What came back stands until a sign of life, which int_permissions_blocked knows.
            when blocked.event_type in ('suspension', 'bounce') then false
            when coalesce(blocked.reason = 'deceased', false) then false
            when coalesce(blocked.reason = 'register', false) then true
            when granted.is_confirmed then true
            when blocked.is_erased then false
            when
                granted.feed = blocked.feed and granting.record_id_key = blocked.record_id_key
                then true
            when
                granting.number_key = blocked.number_key
                and (granted.feed = blocked.feed or granted.number_space = blocked.number_space)
                then true
            when blocked.event_type <> 'withdrawal' then false
            -- An initial is anybody's: under another number it is somebody else.
            when
                granting.number_key <> blocked.number_key
                and (granted.feed = blocked.feed or granted.number_space = blocked.number_space)
                and least(length(granting.given_key), length(blocked.given_key)) = 1
                then false
            when
                coalesce(blocked.given_key, blocked.family_key, granting.given_key, granting.family_key) is null
                then true
            else {{ compatible_names(
                "if(granting.given_key is null and granting.family_key is null, point_names.given_key, granting.given_key)",
                "if(granting.given_key is null and granting.family_key is null, point_names.family_key, granting.family_key)",
                "if(blocked.given_key is null and blocked.family_key is null, point_names.given_key, blocked.given_key)",
                "if(blocked.given_key is null and blocked.family_key is null, point_names.family_key, blocked.family_key)"
            ) }}
        end as is_lifted
    from granted
    inner join blocked
        on granted.contact_point_id = blocked.contact_point_id and granted.channel = blocked.channel
    inner join granting on granted.profile_id = granting.profile_id
    left join point_names on blocked.contact_point_id = point_names.contact_point_id
    where
        {{ covers('blocked', 'granted.purpose') }}
        -- What nobody understood stops marketing only.
        and (blocked.event_type <> 'suspension' or granted.is_marketing)
),

-- Of whom a refusal reaches, what was granted up to then ends at every point; what is no act ends for good.
at_people as (
    select
        granted.profile_id,
        granted.contact_point_id,
        granted.purpose,
        granted.channel,
        granted.basis,
        granted.is_confirmed,
        blocked.event_type,
        blocked.event_at,
        blocked.blocks_until,
        blocked.feed,
        blocked.record_key,
        blocked.reason,
        blocked.suppression_reason,
        granted.is_act and granted.weighed_at > blocked.blocks_until as is_lifted
    from granted
    inner join blocked
        on granted.person_id = blocked.person_id and granted.channel = blocked.channel
    where {{ covers('blocked', 'granted.purpose') }}
),

standing as (
    select * from at_points
    where coalesce(not is_lifted, true)
    union all
    select * from at_people
    where coalesce(not is_lifted, true)
),

described as (
    select
        *,
        event_type in ('suppression', 'bounce') as is_listed,
        {
            'event_type': event_type,
            'event_at': event_at,
            'feed': feed,
            'record_key': record_key,
            'suppression_reason': if(reason = 'deceased', 'deceased', suppression_reason)
        } as event,
        row(
            coalesce(reason = 'deceased', false),
            event_type <> 'suspension',
            blocks_until,
            event_type,
            feed,
            record_key
        ) as strength
    from standing
),

-- Of several the strongest is named: who refused before what a list says, and of each the latest.
blocks as (
    select
        profile_id,
        contact_point_id,
        purpose,
        channel,
        basis,
        is_confirmed,
        arg_max(event, strength) filter (where not is_listed) as refusal,
        arg_max(event, strength) filter (where is_listed) as listing
    from described
    group by profile_id, contact_point_id, purpose, channel, basis, is_confirmed
),

met as (
    select
        granted.*,
        underage.person_id is not null as is_underage,
        blocks.refusal,
        blocks.listing
    from granted
    left join underage on granted.person_id = underage.person_id
    left join blocks
        on
            granted.profile_id = blocks.profile_id
            and granted.contact_point_id = blocks.contact_point_id
            and granted.purpose = blocks.purpose
            and granted.channel = blocks.channel
            and granted.basis = blocks.basis
            and granted.is_confirmed = blocks.is_confirmed
),

final as (
    select
        *,
        case
            when country_objection is not null then country_objection
            when is_underage and is_marketing then 'below_age'
            when refusal is not null
                then case refusal.event_type
                    when 'objection' then 'objected'
                    when 'complaint' then 'complained'
                    when 'suspension' then 'suspended'
                    else 'withdrawn'
                end
            when not is_own then 'not_own'
            when listing is not null
                then case
                    when listing.event_type = 'bounce' then 'undeliverable'
                    when listing.suppression_reason = 'deceased' then 'deceased'
                    else 'suppressed'
                end
            when licence_objection is not null then licence_objection
            else basis
        end as rule
    from met
)

select * from final
