-- An address put together from two profiles is a place where nobody lives; likewise a name.
with

people as (
    select * from {{ ref('dim_person_identified') }}
),

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
)

select
    people.person_id,
    people.address_profile_id as profile_id
from people
inner join profiles_seen on people.address_profile_id = profiles_seen.profile_id
inner join profile_person on people.address_profile_id = profile_person.profile_id
where
    people.person_id <> profile_person.person_id
    or people.street is distinct from profiles_seen.street_clean
    or people.house_number is distinct from profiles_seen.house_number_clean
    or people.postcode is distinct from profiles_seen.postcode_clean
    or people.city is distinct from profiles_seen.city_clean
    or people.country is distinct from profiles_seen.country_clean

union all

select
    people.person_id,
    people.name_profile_id as profile_id
from people
inner join profiles_seen on people.name_profile_id = profiles_seen.profile_id
inner join profile_person on people.name_profile_id = profile_person.profile_id
where
    people.person_id <> profile_person.person_id
    or people.given_name is distinct from profiles_seen.given_name_clean
    or people.family_name is distinct from profiles_seen.family_name_clean
