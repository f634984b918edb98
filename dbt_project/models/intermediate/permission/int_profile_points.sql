-- The number of a contact point is that of the first profile that bears it, followed by 1 (e-mail), 2 (telephone) or
-- 3 (postal address): a pure function of the records that says nothing of the value.

with

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

bad_values as (
    select * from {{ source('customers_identity', 'bad_values') }}
),

spellings as (
    select distinct street_clean
    from profiles_seen
    where street_clean is not null
),

streets as (
    select
        street_clean,
        {{ street_key('street_clean') }} as street
    from spellings
),

given as (
    select
        profile_id,
        1 as point_type,
        email_clean as value,
        null as value_by_town
    from profiles_seen
    where email_clean is not null
    union all
    select
        profile_id,
        2 as point_type,
        phone_clean as value,
        null as value_by_town
    from profiles_seen
    where phone_clean is not null
    union all
    select
        profiles_seen.profile_id,
        3 as point_type,
        {{ address_key(
            'profiles_seen.country_clean', 'profiles_seen.postcode_clean', 'profiles_seen.city_clean',
            'profiles_seen.house_number_clean', 'streets.street'
        ) }} as value,
        -- A refusal may leave out the postcode.
        case
            when profiles_seen.postcode_clean is not null
                then {{ address_by_town(
                    'profiles_seen.country_clean', 'profiles_seen.city_clean', 'profiles_seen.house_number_clean', 'streets.street'
                ) }}
        end as value_by_town
    from profiles_seen
    left join streets on profiles_seen.street_clean = streets.street_clean
    where
        coalesce(profiles_seen.postcode_clean, profiles_seen.city_clean) is not null
        and (
            profiles_seen.street_clean is not null
            or (profiles_seen.postcode_clean is not null and profiles_seen.house_number_clean is not null)
        )
),

points as (
    select
        point_type,
        value,
        min(profile_id) * 10 + point_type as contact_point_id
    from given
    group by point_type, value
),

final as (
    select
        given.profile_id,
        points.contact_point_id,
        case given.point_type when 1 then 'email' when 2 then 'phone' else 'address' end as contact_point_type,
        -- A placeholder or a switchboard is nobody's own contact point; a staircase of many doors is an address.
        bad_values.value is null as is_own,
        given.value,
        given.value_by_town
    from given
    inner join points on given.point_type = points.point_type and given.value = points.value
    left join bad_values
        on
            bad_values.field = case given.point_type when 1 then 'email' when 2 then 'phone' end
            and given.value = bad_values.value
)

select * from final
