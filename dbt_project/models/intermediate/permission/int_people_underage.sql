-- One record with such a birth date is enough: merging never makes anybody older.
with

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

ages_of_consent as (
    select * from {{ ref('ages_of_consent') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

final as (
    select distinct profile_person.person_id
    from profiles_seen
    inner join profile_person on profiles_seen.profile_id = profile_person.profile_id
    left join ages_of_consent on profiles_seen.country_clean = ages_of_consent.country
    where {{ is_below_digital_consent('profiles_seen.birth_date_clean', 'ages_of_consent.age_of_digital_consent') }}
)

select * from final
