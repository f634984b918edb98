-- A contact point has the number of its first profile, so that profile tells its value.
with

profile_points as (
    select * from {{ ref('int_profile_points') }}
),

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

points as (
    select distinct
        contact_point_id,
        contact_point_type
    from profile_points
),

valued as (
    select
        points.contact_point_id,
        points.contact_point_type,
        profiles_seen.*
    from points
    inner join profiles_seen on points.contact_point_id // 10 = profiles_seen.profile_id
),

addresses as (
    select
        contact_point_id,
        {{ address_key('country_clean', 'postcode_clean', 'city_clean', 'house_number_clean', 'street_clean') }} as address,
        country_clean is not null as has_country
    from valued
    where contact_point_type = 'address'
),

final as (
    select
        contact_point_id,
        contact_point_type,
        {{ email_key('email_clean') }} as point_key
    from valued
    where contact_point_type = 'email'
    union all
    select
        contact_point_id,
        contact_point_type,
        unnest(list_distinct({{ phone_keys('phone_clean') }})) as point_key
    from valued
    where contact_point_type = 'phone'
    union all
    select
        contact_point_id,
        'address' as contact_point_type,
        address as point_key
    from addresses
    union all
    -- What names no country may be in any.
    select
        contact_point_id,
        'address' as contact_point_type,
        '?|' || substring(address, position('|' in address) + 1) as point_key
    from addresses
    where has_country
)

select * from final
