-- What may speak for a contact: consents as they were given, and the grounds that a contract declares for its rows.
with

permission_events as (
    select * from {{ ref('fct_permission_events') }}
    where event_type = 'grant' and contact_point_id is not null
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

feeds as (
    select * from {{ source('raw', 'feeds') }}
),

stated as (
    select * from {{ ref('int_grounds_stated') }}
),

country_rules as (
    select * from {{ source('raw', 'country_rules') }}
),

-- Country and audience are those of the very record: what another record of the person says widens nothing.
profiles as (
    select
        profiles_seen.profile_id,
        profile_person.person_id,
        profiles_seen.feed,
        profiles_seen.kind,
        profiles_seen.last_seen_at,
        profiles_seen.country_clean as country,
        if(
            coalesce(
                profiles_seen.company_name_clean,
                profiles_seen.company_number_clean,
                profiles_seen.vat_number_clean
            ) is null,
            'consumer',
            'business'
        ) as audience
    from profiles_seen
    inner join profile_person on profiles_seen.profile_id = profile_person.profile_id
    where not {{ is_withdrawn('profiles_seen.feed') }}
),

consented as (
    select
        profile_id,
        contact_point_id,
        purpose,
        channel,
        is_confirmed,
        max(event_at) as granted_at,
        arg_max(
            { 'record_key': record_key, 'wording_version': wording_version }, row(event_at, record_key)
        ) as evidence
    from permission_events
    group by profile_id, contact_point_id, purpose, channel, is_confirmed
),

declared as (
    select
        feed,
        kind,
        lower(trim(permission_purpose)) as purpose,
        unnest(permission_channels) as channel,
        permission_basis as basis
    from feeds
    where kind not in ('consents', 'newsletter_events', 'suppressions')
    union all
    select
        feeds.feed,
        feeds.kind,
        lower(trim(unnest(feeds.permission_soft_opt_in))) as purpose,
        written.channel,
        'soft_opt_in' as basis
    from feeds
    cross join (values ('email'), ('sms')) as written (channel)
),

granted as (
    select
        profiles.* exclude (last_seen_at), -- noqa: RF02
        consented.contact_point_id,
        profile_points.contact_point_type,
        profile_points.is_own,
        consented.purpose,
        consented.channel,
        'consent' as basis,
        consented.is_confirmed,
        consented.granted_at,
        consented.evidence.record_key,
        consented.evidence.wording_version
    from consented
    inner join profiles on consented.profile_id = profiles.profile_id
    inner join profile_points
        on
            consented.profile_id = profile_points.profile_id
            and consented.contact_point_id = profile_points.contact_point_id
    union all
    select
        profiles.* exclude (last_seen_at), -- noqa: RF02
        profile_points.contact_point_id,
        profile_points.contact_point_type,
        profile_points.is_own,
        declared.purpose,
        declared.channel,
        declared.basis,
        false as is_confirmed,
        coalesce(stated.granted_at, profiles.last_seen_at) as granted_at,
        cast(null as varchar) as record_key,
        cast(null as varchar) as wording_version
    from profiles
    inner join declared on profiles.feed = declared.feed
    left join stated on profiles.profile_id = stated.profile_id
    inner join profile_points
        on
            profiles.profile_id = profile_points.profile_id
            and {{ reaches('declared.channel', 'profile_points.contact_point_type') }}
),

final as (
    select
        granted.*,
        {{ is_marketing('granted.purpose') }} as is_marketing,
        -- Only an act of the person's own is stronger than an earlier withdrawal.
        granted.basis in ('consent', 'contract') and granted.kind <> 'list_prospects' as is_act,
        -- A day without a time is weighed as at its first moment, where the feed is at home.
        case
            when granted.granted_at = date_trunc('day', granted.granted_at)
                then least(
                    granted.granted_at, {{ start_of_day('granted.granted_at', "coalesce(feeds.timezone, 'UTC')") }}
                )
            else granted.granted_at
        end as weighed_at,
        feeds.number_space,
        case when {{ is_marketing('granted.purpose') }} then coalesce(country_rules.rule, 'opt_in') end as country_rule,
        case
            when not {{ is_marketing('granted.purpose') }} then null
            when country_rules.rule = 'forbidden' then 'forbidden'
            when granted.basis = 'consent'
                then case when country_rules.double_opt_in and not granted.is_confirmed then 'unconfirmed' end
            when country_rules.rule = 'opt_out' then null
            when country_rules.rule = 'soft_opt_in' and granted.basis = 'soft_opt_in' then null
            else 'consent_required'
        end as country_objection,
        feeds.licence_provider is not null as is_licensed,
        feeds.licence_valid_until,
        case
            when feeds.licence_provider is null then null
            when not {{ licence_is_in_force('feeds') }} then 'licence_not_in_force'
            when not list_contains(feeds.licence_purposes, granted.purpose) then 'purpose_not_licensed'
            when not list_contains(feeds.licence_channels, granted.channel) then 'channel_not_licensed'
            when not coalesce(list_contains(feeds.licence_countries, granted.country), false)
                then 'country_not_licensed'
        end as licence_objection
    from granted
    inner join feeds on granted.feed = feeds.feed
    left join country_rules
        on
            granted.country = country_rules.country
            and granted.audience = country_rules.audience
            and granted.channel = country_rules.channel
)

select * from final
