-- A refusal holds at the contact points that it names in any form, for everybody who shares them.
with

refusals as (
    select * from {{ ref('int_refusals_understood') }}
),

point_keys as (
    select * from {{ ref('int_contact_point_keys') }}
),

profile_points as (
    select * from {{ ref('int_profile_points') }}
),

erased as (
    select * from {{ source('raw', 'refusals_erased') }}
),

addresses as (
    select
        refusal_id,
        coalesce(country_clean, '?') as country,
        postcode_clean,
        city_clean,
        house_number_clean,
        {{ street_key('street_clean') }} as street
    from refusals
    where
        coalesce(postcode_clean, city_clean) is not null
        and (street_clean is not null or (postcode_clean is not null and house_number_clean is not null))
),

-- What names a country also holds where the point names none.
located as (
    select * from addresses
    union all
    select * replace ('??' as country)
    from addresses
    where country <> '?'
),

posted as (
    select
        refusal_id,
        {{ address_key('country', 'postcode_clean', 'city_clean', 'house_number_clean', 'street') }} as point_key
    from located
    union all
    -- Of a country that is not named the street may be part of the postcode.
    select
        refusal_id,
        lower(concat_ws('|', country, postcode_clean, {{ house_key('house_number_clean') }})) as point_key
    from located
    where country = '?' and postcode_clean is not null and house_number_clean is not null
    union all
    -- Without a postcode: where there is none (as above), and where there is one.
    select
        refusal_id,
        'town|' || {{ address_by_town('country', 'city_clean', 'house_number_clean', 'street') }} as point_key
    from located
    where postcode_clean is null
    union all
    -- With one: where there is none.
    select
        refusal_id,
        {{ address_by_town('country', 'city_clean', 'house_number_clean', 'street') }} as point_key
    from located
    where postcode_clean is not null
),

named as (
    select
        refusal_id,
        'email' as contact_point_type,
        unnest(flatten(list_transform(email_keys, lambda key: {{ email_keys('key') }}))) as point_key
    from refusals
    union all
    select
        refusal_id,
        'phone' as contact_point_type,
        unnest(phone_keys) as point_key
    from refusals
    union all
    select
        refusal_id,
        'address' as contact_point_type,
        unnest({{ loose_addresses('point_key') }}) as point_key
    from posted
),

final as (
    select
        named.refusal_id,
        point_keys.contact_point_id,
        point_keys.contact_point_type
    from named
    inner join point_keys
        on named.contact_point_type = point_keys.contact_point_type and named.point_key = point_keys.point_key
    union
    select
        refusals.refusal_id,
        profile_points.contact_point_id,
        profile_points.contact_point_type
    from refusals
    inner join erased on refusals.load_number = erased.load_number and refusals.row_number = erased.row_number
    inner join profile_points
        on
            erased.profile_id = profile_points.profile_id
            and erased.contact_point_type = profile_points.contact_point_type
    where refusals.is_erased
)

select * from final
