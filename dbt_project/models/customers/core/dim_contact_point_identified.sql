{{ config(alias='dim_contact_point', meta=customers_asset('core', 'dim_contact_point')) }}

with

profile_points as (
    select * from {{ ref('int_profile_points') }}
),

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

-- recency: the larger, the newer; the newest spelling of an address is shown.
newest as (
    select
        profile_points.contact_point_id,
        profile_points.contact_point_type,
        arg_max(profile_points.profile_id, row(profiles_seen.last_seen_at, profile_points.profile_id)) as profile_id,
        count(*) as profile_count
    from profile_points
    inner join profiles_seen on profile_points.profile_id = profiles_seen.profile_id
    group by profile_points.contact_point_id, profile_points.contact_point_type
),

final as (
    select
        newest.contact_point_id,
        newest.contact_point_type,
        case when newest.contact_point_type = 'email' then profiles_seen.email_clean end as email,
        case when newest.contact_point_type = 'phone' then profiles_seen.phone_clean end as phone,
        case when newest.contact_point_type = 'address' then profiles_seen.street_clean end as street,
        case when newest.contact_point_type = 'address' then profiles_seen.house_number_clean end as house_number,
        case when newest.contact_point_type = 'address' then profiles_seen.postcode_clean end as postcode,
        case when newest.contact_point_type = 'address' then profiles_seen.city_clean end as city,
        case when newest.contact_point_type = 'address' then profiles_seen.country_clean end as country,
        newest.profile_count
    from newest
    inner join profiles_seen on newest.profile_id = profiles_seen.profile_id
)

select * from final
