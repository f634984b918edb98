-- Withdrawals, objections, complaints and list entries stand at the contact point, for everybody who shares it. At
-- the person stand: an objection (it is to all direct marketing), a withdrawal that names no point to hold it, and an
-- entry of a list for everyone who shares a point of it under its family name.
with

permission_events as (
    select * from {{ ref('fct_permission_events') }}
),

granted as (
    select * from {{ ref('int_permissions_granted') }}
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

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

spoken_of as (
    select purpose from granted
    union
    select purpose from permission_events
    where purpose is not null
),

purposes as (
    select
        coalesce(list(purpose), []) as everything,
        coalesce(
            list(purpose) filter (where {{ is_marketing('purpose') }}), []
        ) as marketing
    from spoken_of
),

words as (
    select
        feed,
        record_key,
        profile_id,
        person_id,
        event_at,
        -- Lists carry days: an entry counts until the end of its own.
        event_at + case when event_type = 'suppression' then interval 1 day else interval 0 day end as blocks_until,
        event_type,
        channel,
        covers,
        purpose,
        contact_point_id,
        suppression_reason
    from permission_events
    where event_type in ('withdrawal', 'objection', 'complaint', 'suppression')
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

family_names as (
    select
        profile_id,
        lower(strip_accents(family_name_clean)) as family_name
    from profiles_seen
    where family_name_clean is not null
),

entries as (
    select distinct
        feed,
        record_key,
        profile_id
    from words
    where event_type = 'suppression'
),

listed_people as (
    select distinct
        entries.feed,
        entries.record_key,
        profile_person.person_id
    from entries
    inner join family_names as listed on entries.profile_id = listed.profile_id
    inner join profile_points as listed_points on entries.profile_id = listed_points.profile_id
    inner join profile_points as points on listed_points.contact_point_id = points.contact_point_id
    inner join family_names as named
        on points.profile_id = named.profile_id and listed.family_name = named.family_name
    inner join profile_person on points.profile_id = profile_person.profile_id
),

scoped as (
    select
        * exclude (person_id),
        cast(null as bigint) as person_id
    from words
    where contact_point_id is not null
    union all by name
    select
        * exclude (contact_point_id),
        cast(null as bigint) as contact_point_id
    from words
    where person_id is not null and (event_type = 'objection' or contact_point_id is null)
    union all by name
    select distinct
        words.feed,
        words.record_key,
        words.event_at,
        words.blocks_until,
        words.event_type,
        words.channel,
        words.covers,
        words.purpose,
        words.suppression_reason,
        listed_people.person_id,
        cast(null as bigint) as contact_point_id
    from words
    inner join listed_people on words.feed = listed_people.feed and words.record_key = listed_people.record_key
    where words.event_type = 'suppression'
    union all by name
    select
        contact_point_id,
        cast(null as bigint) as person_id,
        feed,
        record_key,
        bounced_at as event_at,
        bounced_at as blocks_until,
        'bounce' as event_type,
        'email' as channel,
        'everything' as covers
    from undeliverable
),

covered as (
    select
        scoped.*,
        unnest(
            case scoped.covers
                when 'purpose' then [scoped.purpose]
                when 'marketing' then purposes.marketing
                else purposes.everything
            end
        ) as covered_purpose
    from scoped
    cross join purposes
),

final as (
    select
        contact_point_id,
        person_id,
        covered_purpose as purpose,
        channel,
        event_type in ('suppression', 'bounce') as is_listed,
        max(blocks_until) as blocks_until,
        arg_max(
            {
                'event_type': event_type,
                'event_at': event_at,
                'feed': feed,
                'record_key': record_key,
                'suppression_reason': suppression_reason
            },
            row(blocks_until, feed, record_key)
        ) as event
    from covered
    group by contact_point_id, person_id, covered_purpose, channel, is_listed
)

select * from final
