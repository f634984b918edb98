-- One row per company and place. Where people also live, by a profile without a company, no company has a site, unless
-- a register says so: who orders for the firm may have the parcel sent home.
with

profiles_seen as (
    select
        profile_id,
        kind,
        country_clean as country,
        postcode_clean as postcode,
        postcode_area,
        city_clean as city,
        street_clean as street,
        house_number_clean as house_number,
        first_seen_at,
        last_seen_at
    from {{ ref('int_profiles_seen') }}
    where street_clean is not null and coalesce(postcode_clean, city_clean) is not null
),

profile_account as (
    select * from {{ source('identity', 'profile_account') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

places as (
    select
        profile_account.account_id,
        profile_person.person_id,
        profiles_seen.*,
        concat_ws(
            '|',
            profiles_seen.country,
            lower(strip_accents(coalesce(profiles_seen.postcode, profiles_seen.city))),
            case when profiles_seen.house_number is null then lower(strip_accents(profiles_seen.street)) end,
            profiles_seen.house_number
        ) as place
    from profiles_seen
    left join profile_account on profiles_seen.profile_id = profile_account.profile_id
    left join profile_person on profiles_seen.profile_id = profile_person.profile_id
),

homes as (
    select distinct place
    from places
    where account_id is null
),

final as (
    select
        places.account_id,
        places.place,
        arg_max(
            {
                'street': places.street,
                'house_number': places.house_number,
                'postcode': places.postcode,
                'postcode_area': places.postcode_area,
                'city': places.city,
                'country': places.country
            },
            row(places.kind = 'companies', places.last_seen_at, places.profile_id)
        ) as address,
        bool_or(places.kind = 'companies') as is_registered,
        count(distinct places.person_id) as contact_count,
        min(places.first_seen_at) as first_seen_at,
        max(places.last_seen_at) as last_seen_at
    from places
    left join homes on places.place = homes.place
    where places.account_id is not null
    group by places.account_id, places.place
    having bool_or(places.kind = 'companies') or bool_and(homes.place is null)
)

select * from final
