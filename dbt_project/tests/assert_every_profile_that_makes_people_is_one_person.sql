-- Nobody gets lost between landing and identity, and nobody is two people.
with

expected as (
    select profile_id
    from {{ ref('int_profiles_seen') }}
    where makes_people
),

given as (
    select
        profile_id,
        count(*) as person_count
    from {{ source('identity', 'profile_person') }}
    group by profile_id
)

select
    coalesce(expected.profile_id, given.profile_id) as profile_id,
    coalesce(given.person_count, 0) as person_count
from expected
full outer join given on expected.profile_id = given.profile_id
where expected.profile_id is null or given.person_count is distinct from 1
