-- Whom a refusal is about besides its contact points: reach may use identity, lifting never does.
with

refusals as (
    select * from {{ ref('int_refusals_understood') }}
    -- What came back, or is not understood, says nothing of anybody.
    where event_type not in ('bounce', 'suspension')
),

refusal_points as (
    select * from {{ ref('int_refusals_placed') }}
),

profile_points as (
    select * from {{ ref('int_profile_points') }}
),

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
    where makes_people
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

feeds as (
    select * from {{ source('raw', 'feeds') }}
),

profiles as (
    select
        profiles_seen.profile_id,
        profile_person.person_id,
        profiles_seen.feed,
        profiles_seen.record_id,
        profiles_seen.customer_number,
        profiles_seen.given_name_clean,
        profiles_seen.family_name_clean
    from profiles_seen
    inner join profile_person on profiles_seen.profile_id = profile_person.profile_id
),

-- What stands for no number, such as `guest`, names a record only where one person alone has it.
recorded as (
    select
        person_id,
        feed,
        {{ number_key('record_id') }} as record_id_key
    from profiles
    where record_id is not null and feed in (select refusals.feed from refusals)
    qualify
        {{ number_key("feed || ':' || trim(record_id)") }} not in {{ numbers_of_nobody('record') }}
        or min(person_id) over (partition by feed, record_id_key)
        = max(person_id) over (partition by feed, record_id_key)
),

numbered as (
    select
        profiles.person_id,
        feeds.number_space,
        {{ number_key('profiles.customer_number') }} as number_key
    from profiles
    inner join feeds on profiles.feed = feeds.feed
    where
        profiles.customer_number is not null
        and number_key not in {{ numbers_of_nobody('customer_number') }}
),

-- A number may stand among others, behind a sign, or with separators.
refused_numbers as (
    select
        refusal_id,
        feed,
        number_space,
        unnest({{ refused_numbers('number_key') }}) as number_form,
        cast(null as varchar) as record_id_form
    from refusals
    where number_key is not null
    union all
    select
        refusal_id,
        feed,
        number_space,
        cast(null as varchar) as number_form,
        unnest({{ refused_numbers('record_id_key') }}) as record_id_form
    from refusals
    where record_id_key is not null
),

own as (
    select * from {{ ref('int_refusals_owned') }}
),

points_left as (
    select * from {{ ref('int_points_left') }}
),

keys as (
    {% for type in ['email', 'phone'] %}
    select
        refusal_id,
        '{{ type }}' as contact_point_type,
        {% if type == 'email' -%}
        unnest(flatten(list_transform(email_keys, lambda key: {{ email_keys('key') }}))) as point_key
        {%- else -%}
        unnest(phone_keys) as point_key
        {%- endif %}
    from refusals
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

writers as (
    select
        refusal_points.refusal_id,
        refusal_points.contact_point_id,
        profiles.profile_id,
        profiles.person_id,
        {{ given_key('profiles.given_name_clean') }} as given_key,
        {{ family_key('profiles.family_name_clean') }} as family_key
    from refusal_points
    semi join refusals on refusal_points.refusal_id = refusals.refusal_id
    inner join profile_points on refusal_points.contact_point_id = profile_points.contact_point_id
    inner join profiles on profile_points.profile_id = profiles.profile_id
),

-- The only person who ever wrote a point; a record without a name beside one that has is nobody else.
sole as (
    select
        refusal_id,
        contact_point_id,
        coalesce(
            case
                when count(distinct person_id) filter (where coalesce(given_key, family_key) is not null) = 1
                    then min(person_id) filter (where coalesce(given_key, family_key) is not null)
            end,
            case when count(distinct person_id) = 1 then min(person_id) end
        ) as person_id
    from writers
    group by refusal_id, contact_point_id
),

final as (
    select
        refused_numbers.refusal_id,
        recorded.person_id
    from refused_numbers
    inner join recorded
        on
            refused_numbers.feed = recorded.feed
            and refused_numbers.record_id_form = {{ number_form('recorded.record_id_key') }}
    union
    select
        refused_numbers.refusal_id,
        numbered.person_id
    from refused_numbers
    inner join numbered on refused_numbers.number_form = {{ number_form('numbered.number_key') }}
    where coalesce(refused_numbers.number_space = numbered.number_space, refused_numbers.number_space is null)
    union
    select
        writers.refusal_id,
        writers.person_id
    from writers
    inner join refusals on writers.refusal_id = refusals.refusal_id
    where
        {{ compatible_names('refusals.given_key', 'refusals.family_key', 'writers.given_key', 'writers.family_key') }}
        -- A list often has no given name.
        or (refusals.event_type = 'suppression' and refusals.family_key = writers.family_key)
    union
    select
        refusal_id,
        person_id
    from sole
    where person_id is not null
    union
    select
        keys.refusal_id,
        profiles.person_id
    from keys
    inner join points_left
        on keys.contact_point_type = points_left.contact_point_type and keys.point_key = points_left.point_key
    inner join profiles on points_left.profile_id = profiles.profile_id
    union
    select
        refusals.refusal_id,
        profiles.person_id
    from own
    inner join refusals on own.refusal_id = refusals.refusal_id
    inner join profiles on own.profile_id = profiles.profile_id
)

select * from final
