-- Whatever is no grant is a withdrawal: a word that is not understood never permits.
with

consents as (
    select * from {{ ref('stg_consents') }}
    where profile_id is not null
),

newsletter_events as (
    select * from {{ ref('stg_newsletter_events') }}
    where
        event_type in ('subscribe', 'confirm', 'unsubscribe', 'complaint', 'bounce')
        and profile_id is not null
),

suppressions as (
    select * from {{ ref('stg_suppressions') }}
    where profile_id is not null
),

feeds as (
    select * from {{ source('raw', 'feeds') }}
),

profile_points as (
    select * from {{ ref('int_profile_points') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

acts as (
    select
        feed,
        record_key,
        profile_id,
        event_at,
        case consent_action
            when 'grant' then 'grant'
            when 'object' then 'objection'
            else 'withdrawal'
        end as event_type,
        purpose,
        channel,
        wording_version,
        coalesce(is_confirmed, false) as is_confirmed,
        cast(null as varchar) as suppression_reason
    from consents
    union all
    select
        newsletter_events.feed,
        newsletter_events.record_key,
        newsletter_events.profile_id,
        newsletter_events.event_at,
        case newsletter_events.event_type
            when 'unsubscribe' then 'withdrawal'
            when 'complaint' then 'complaint'
            when 'bounce' then 'bounce'
            else 'grant'
        end as event_type,
        coalesce(feeds.permission_purpose, 'newsletter') as purpose,
        'email' as channel,
        cast(null as varchar) as wording_version,
        newsletter_events.event_type = 'confirm' as is_confirmed,
        cast(null as varchar) as suppression_reason
    from newsletter_events
    inner join feeds on newsletter_events.feed = feeds.feed
    union all
    select
        feed,
        record_key,
        profile_id,
        event_at,
        'suppression' as event_type,
        purpose,
        channel,
        cast(null as varchar) as wording_version,
        false as is_confirmed,
        reason as suppression_reason
    from suppressions
),

-- A word about no channel is about all of them.
channelled as (
    select
        acts.feed,
        acts.record_key,
        acts.profile_id,
        acts.event_at,
        acts.event_type,
        acts.purpose,
        acts.wording_version,
        acts.is_confirmed,
        acts.suppression_reason,
        unnest(
            case
                when acts.channel is null then ['email', 'sms', 'phone', 'post', 'ads']
                else [acts.channel]
            end
        ) as channel
    from acts
),

-- By channel: an outer join on anything but equality compares every act with every point.
usable as (
    select
        profile_id,
        contact_point_id,
        contact_point_type,
        unnest(
            case contact_point_type
                when 'email' then ['email', 'ads']
                when 'phone' then ['sms', 'phone', 'ads']
                else ['post']
            end
        ) as channel
    from profile_points
),

pointed as (
    select
        channelled.*,
        usable.contact_point_id,
        usable.contact_point_type
    from channelled
    left join usable
        on channelled.profile_id = usable.profile_id and channelled.channel = usable.channel
),

final as (
    select
        pointed.feed,
        pointed.record_key,
        pointed.profile_id,
        profile_person.person_id,
        pointed.event_at,
        case
            when
                pointed.event_type = 'grant'
                and not pointed.is_confirmed
                and list_contains(feeds.double_opt_in, pointed.channel)
                then 'unconfirmed_grant'
            else pointed.event_type
        end as event_type,
        pointed.channel,
        case
            when pointed.event_type in ('objection', 'complaint') then 'marketing'
            when pointed.event_type = 'bounce' or pointed.suppression_reason = 'deceased' then 'everything'
            when pointed.purpose is null then 'marketing'
            else 'purpose'
        end as covers,
        pointed.purpose,
        pointed.contact_point_id,
        pointed.contact_point_type,
        pointed.wording_version,
        pointed.is_confirmed,
        pointed.suppression_reason
    from pointed
    inner join feeds on pointed.feed = feeds.feed
    left join profile_person on pointed.profile_id = profile_person.profile_id
)

select * from final
