with

profile_account as (
    select * from {{ source('identity', 'profile_account') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

people as (
    select * from {{ ref('dim_person') }}
),

contacts as (
    select
        profile_account.account_id,
        profile_person.person_id,
        count(*) as profile_count,
        min(profiles_seen.first_seen_at) as first_seen_at,
        max(profiles_seen.last_seen_at) as last_seen_at
    from profile_account
    inner join profile_person on profile_account.profile_id = profile_person.profile_id
    inner join profiles_seen on profile_account.profile_id = profiles_seen.profile_id
    group by profile_account.account_id, profile_person.person_id
),

final as (
    select
        contacts.*,
        coalesce(contacts.account_id = people.account_id, false) as is_current
    from contacts
    inner join people on contacts.person_id = people.person_id
)

select * from final
