-- Rule -> the step of an audience export at which it takes a person out (none: allowed), and its words.
{% set rules = {
    'consent': (none, 'consent, not withdrawn since'),
    'contract': (none, 'needed for a contract'),
    'legal_obligation': (none, 'asked by law'),
    'legitimate_interest': (none, 'legitimate interest where the law asks for no consent; never refused'),
    'soft_opt_in': (none, 'own customer, where the law lets these be written to until they refuse; never refused'),
    'no_contact_point': ('permission', 'permitted, but for no contact point that the channel can use'),
    'unconfirmed': ('permission', 'consent that was not confirmed where confirmation is asked for'),
    'forbidden': ('permission', 'forbidden by the law of the country'),
    'consent_required': ('permission', 'the law of the country asks for consent, and none was given for this contact point'),
    'below_age': ('permission', 'below the age of consent'),
    'withdrawn': ('permission', 'withdrawn for this contact point'),
    'objected': ('permission', 'objection to direct marketing'),
    'complained': ('permission', 'complaint about unwanted mail'),
    'suspended': ('permission', 'something was said about this contact point in a word that nobody has explained yet'),
    'not_own': ('suppression', 'the contact point is a placeholder or shared by too many'),
    'suppressed': ('suppression', 'on a list of those not to be contacted'),
    'deceased': ('suppression', 'on a list as deceased'),
    'undeliverable': ('suppression', 'the last messages came back'),
    'licence_not_in_force': ('licence', 'the licence of the bought list is not in force'),
    'purpose_not_licensed': ('licence', 'the licence of the bought list is not for this purpose'),
    'channel_not_licensed': ('licence', 'the licence of the bought list is not for this channel'),
    'country_not_licensed': ('licence', 'the licence of the bought list is not for this country'),
} %}

with

ruled as (
    select * from {{ ref('int_permissions_ruled') }}
),

permission_events as (
    select * from {{ ref('fct_permission_events') }}
    where
        person_id is not null
        and event_type in ('grant', 'unconfirmed_grant', 'withdrawal', 'objection', 'complaint')
        and purpose in (select known.purpose from {{ ref('int_purposes_known') }} as known)
),

-- The contact point that comes furthest; an allowed one that draws on no licence, by consent, the latest.
chosen as (
    select
        person_id,
        purpose,
        channel,
        arg_max(
            {
                'rule': rule,
                'contact_point_id': contact_point_id,
                'contact_point_type': contact_point_type,
                'basis': basis,
                'granted_at': granted_at,
                'grant_feed': feed,
                'grant_profile_id': profile_id,
                'grant_record_key': record_key,
                'wording_version': wording_version,
                'country': country,
                'audience': audience,
                'country_rule': country_rule,
                'block': case
                    when rule in ('objected', 'complained', 'withdrawn', 'suspended') then refusal
                    when rule in ('undeliverable', 'deceased', 'suppressed') then listing
                end,
                'licence_feed': case when is_licensed then feed end,
                'valid_until': licence_valid_until
            },
            row(
                case
                    {% for name, (step, words) in rules.items() if step -%}
                    when rule = '{{ name }}' then {{ ['permission', 'suppression', 'licence'].index(step) }}
                    {% endfor -%}
                    else 3
                end,
                not is_licensed,
                basis = 'consent',
                contact_point_type = 'email',
                granted_at,
                -contact_point_id,
                -profile_id,
                is_confirmed
            )
        ) as best
    from ruled
    group by person_id, purpose, channel
),

-- Where nothing speaks for a contact, what the person said about it stands alone.
unheard as (
    select permission_events.*
    from permission_events
    anti join chosen
        on
            permission_events.person_id = chosen.person_id
            and permission_events.purpose = chosen.purpose
            and permission_events.channel = chosen.channel
),

spoken as (
    select
        person_id,
        purpose,
        channel,
        arg_max(
            {
                'event_type': event_type,
                'event_at': event_at,
                'feed': feed,
                'record_key': record_key,
                'profile_id': profile_id,
                'wording_version': wording_version
            },
            row(event_at, event_type, feed, record_key)
        ) as said
    from unheard
    group by person_id, purpose, channel
),

silent as (
    select
        person_id,
        purpose,
        channel,
        case said.event_type
            when 'grant' then 'no_contact_point'
            when 'unconfirmed_grant' then 'unconfirmed'
            when 'objection' then 'objected'
            when 'complaint' then 'complained'
            else 'withdrawn'
        end as rule,
        said.event_type in ('grant', 'unconfirmed_grant') as is_grant,
        said
    from spoken
),

decided as (
    select
        person_id,
        purpose,
        channel,
        best.rule,
        best.contact_point_id,
        best.contact_point_type,
        best.basis,
        best.granted_at,
        best.grant_feed,
        best.grant_profile_id,
        best.grant_record_key,
        best.wording_version,
        best.country,
        best.audience,
        best.country_rule,
        best.block.event_at as blocked_at,
        best.block.feed as block_feed,
        best.block.record_key as block_record_key,
        best.licence_feed,
        best.valid_until
    from chosen
    union all by name
    select
        person_id,
        purpose,
        channel,
        rule,
        case when is_grant then said.event_at end as granted_at,
        case when is_grant then said.feed end as grant_feed,
        case when is_grant then said.profile_id end as grant_profile_id,
        case when is_grant then said.record_key end as grant_record_key,
        case when is_grant then said.wording_version end as wording_version,
        case when not is_grant then said.event_at end as blocked_at,
        case when not is_grant then said.feed end as block_feed,
        case when not is_grant then said.record_key end as block_record_key
    from silent
),

final as (
    select
        person_id,
        channel,
        purpose,
        rule in ('consent', 'contract', 'legal_obligation', 'legitimate_interest', 'soft_opt_in') as is_allowed,
        rule,
        case rule
            {% for name, (step, words) in rules.items() -%}
            when '{{ name }}' then '{{ words }}'
            {% endfor -%}
        end as reason,
        case
            {% for name, (step, words) in rules.items() if step -%}
            when rule = '{{ name }}' then '{{ step }}'
            {% endfor -%}
        end as stopped_by,
        * exclude (person_id, channel, purpose, rule)
    from decided
)

select * from final
