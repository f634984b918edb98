-- What was said about being contacted: grants understood in full, and whatever refuses (int_refusals_understood).
with

consents as (
    select * from {{ ref('stg_consents') }}
    where consent_action in ('grant', 'confirm') and profile_id is not null
),

newsletter_events as (
    select * from {{ ref('stg_newsletter_events') }}
    where event_type in ('subscribe', 'confirm', 'bounce') and profile_id is not null
),

refusals as (
    select * from {{ ref('int_refusals_understood') }}
),

refusal_points as (
    select * from {{ ref('int_refusals_placed') }}
),

reaching as (
    select * from {{ ref('int_refusals_reaching') }}
),

owned as (
    select * from {{ ref('int_refusals_owned') }}
),

states as (
    select * from {{ ref('int_states_repeated') }}
    where is_grant
),

feeds as (
    select * from {{ source('raw', 'feeds') }}
),

channel_words as (
    select * from {{ ref('channel_words') }}
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
        load_number,
        row_number,
        profile_id,
        coalesce(consent_date, event_at) as event_at,
        'grant' as event_type,
        lower(trim(purpose)) as purpose,
        channel,
        wording_version,
        coalesce(is_confirmed, false) or consent_action = 'confirm' as is_confirmed
    from consents
    where {{ normal_word('purpose') }} not in {{ purposes_that_mean_all() }}
    union all
    select
        newsletter_events.feed,
        newsletter_events.record_key,
        newsletter_events.load_number,
        newsletter_events.row_number,
        newsletter_events.profile_id,
        newsletter_events.event_at,
        if(newsletter_events.event_type = 'bounce', 'bounce', 'grant') as event_type,
        coalesce(lower(trim(feeds.permission_purpose)), 'newsletter') as purpose,
        'email' as channel,
        cast(null as varchar) as wording_version,
        newsletter_events.event_type = 'confirm' as is_confirmed
    from newsletter_events
    inner join feeds on newsletter_events.feed = feeds.feed
    -- Of a service whose goodbye is for everything a subscription is for nothing by name.
    where
        newsletter_events.event_type = 'bounce'
        or {{ normal_word("coalesce(feeds.permission_purpose, 'newsletter')") }} not in {{ purposes_that_mean_all() }}
),

-- A grant about no channel is about all of them; about one that is not understood it is about none.
channelled as (
    select
        acts.* exclude (channel, event_at), -- noqa: RF02
        coalesce(states.granted_at, acts.event_at) as event_at,
        unnest(
            case
                when acts.channel is null or channel_words.channel = 'all' then ['email', 'sms', 'phone', 'post', 'ads']
                when {{ is_plain_word('acts.channel') }} and channel_words.channel is not null
                    then [channel_words.channel]
                else []
            end
        ) as channel
    from acts
    left join channel_words on {{ normal_word('acts.channel') }} = channel_words.word
    left join states on acts.load_number = states.load_number and acts.row_number = states.row_number
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

granted as (
    select
        channelled.feed,
        channelled.record_key,
        cast(null as bigint) as refusal_id,
        channelled.profile_id,
        profile_person.person_id,
        channelled.event_at,
        case
            when
                channelled.event_type = 'grant'
                and not channelled.is_confirmed
                and not feeds.is_confirmed
                and list_contains(feeds.double_opt_in, channelled.channel)
                then 'unconfirmed_grant'
            else channelled.event_type
        end as event_type,
        channelled.channel,
        if(channelled.event_type = 'bounce', 'everything', 'purpose') as covers,
        channelled.purpose,
        usable.contact_point_id,
        usable.contact_point_type,
        channelled.wording_version,
        channelled.is_confirmed or feeds.is_confirmed as is_confirmed,
        cast(null as varchar) as suppression_reason,
        cast(null as timestamp) as blocks_until
    from channelled
    inner join feeds on channelled.feed = feeds.feed
    left join usable
        on channelled.profile_id = usable.profile_id and channelled.channel = usable.channel
    left join profile_person on channelled.profile_id = profile_person.profile_id
),

-- Whom a refusal without contact point is about, where that is one person.
about as (
    select
        refusal_id,
        min(person_id) as person_id
    from reaching
    group by refusal_id
    having count(*) = 1
),

refused_channels as (
    select
        refusals.*,
        unnest(channels) as channel
    from refusals
),

refusal_points_usable as (
    select
        refusal_id,
        contact_point_id,
        contact_point_type,
        unnest(
            case contact_point_type
                when 'email' then ['email', 'ads']
                when 'phone' then ['sms', 'phone', 'ads']
                else ['post']
            end
        ) as channel
    from refusal_points
),

refused as (
    select
        refused_channels.feed,
        refused_channels.record_key,
        refused_channels.refusal_id,
        owned.profile_id,
        coalesce(profile_person.person_id, about.person_id) as person_id,
        refused_channels.event_at,
        refused_channels.event_type,
        refused_channels.channel,
        refused_channels.covers,
        refused_channels.purpose,
        refusal_points_usable.contact_point_id,
        refusal_points_usable.contact_point_type,
        cast(null as varchar) as wording_version,
        false as is_confirmed,
        refused_channels.suppression_reason,
        refused_channels.blocks_until
    from refused_channels
    left join refusal_points_usable
        on
            refused_channels.refusal_id = refusal_points_usable.refusal_id
            and refused_channels.channel = refusal_points_usable.channel
    left join about on refused_channels.refusal_id = about.refusal_id
    left join owned on refused_channels.refusal_id = owned.refusal_id
    left join profile_person on owned.profile_id = profile_person.profile_id
)

select * from granted
union all
select * from refused
