-- A licence that ends takes the people along that nothing else knows.
with

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

feeds as (
    select * from {{ source('raw', 'feeds') }}
),

final as (
    select profile_person.person_id
    from profile_person
    inner join profiles_seen on profile_person.profile_id = profiles_seen.profile_id
    inner join feeds on profiles_seen.feed = feeds.feed
    group by profile_person.person_id
    having
        bool_and(
            feeds.licence_provider is not null
            and not {{ licence_is_in_force('feeds') }}
        )
)

select * from final
