-- Initials are no name of their own, and of Jan Piet the first counts. The audit counts finer, but later.
with

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

names as (
    select
        profile_person.person_id,
        case
            when not regexp_matches(
                profiles_seen.given_name_clean, '^[A-Za-zÀ-ɏ]$|^([A-Za-zÀ-ɏ]\.[ -]?)+[A-Za-zÀ-ɏ]?$'
            ) then lower(strip_accents(split_part(profiles_seen.given_name_clean, ' ', 1)))
        end as given_name,
        lower(strip_accents(profiles_seen.family_name_clean)) as family_name
    from profile_person
    inner join profiles_seen on profile_person.profile_id = profiles_seen.profile_id
),

final as (
    select
        person_id,
        count(distinct given_name) as given_name_count,
        count(distinct family_name) as family_name_count
    from names
    group by person_id
)

select * from final
