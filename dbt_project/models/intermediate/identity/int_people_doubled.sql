with

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

bad_values as (
    select * from {{ source('customers_identity', 'bad_values') }}
    where field = 'email'
),

-- The first profile of each person under a name and address.
holders as (
    select
        lower(strip_accents(profiles_seen.given_name_clean)) as given_name,
        lower(strip_accents(profiles_seen.family_name_clean)) as family_name,
        profiles_seen.email_clean as email,
        profile_person.person_id,
        min(profile_person.profile_id) as profile_id
    from profile_person
    inner join profiles_seen on profile_person.profile_id = profiles_seen.profile_id
    left join bad_values on profiles_seen.email_clean = bad_values.value
    where
        profiles_seen.given_name_clean is not null
        and profiles_seen.family_name_clean is not null
        and profiles_seen.email_clean is not null
        and bad_values.value is null
    group by all
),

-- The first person to each other one: what k people share is k - 1 pairs.
paired as (
    select
        min(profile_id) over shared as left_profile_id,
        profile_id as right_profile_id
    from holders
    window shared as (partition by given_name, family_name, email)
),

final as (
    select distinct
        left_profile_id,
        right_profile_id
    from paired
    where left_profile_id < right_profile_id
)

select * from final
