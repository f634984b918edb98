-- Invariant 5: an id is the number of the first profile of its owner, so any id ever issued resolves.
select
    person_id as id,
    min(profile_id) as first_profile_id
from {{ source('identity', 'profile_person') }}
group by person_id
having min(profile_id) <> person_id

union all

select
    account_id as id,
    min(profile_id) as first_profile_id
from {{ source('identity', 'profile_account') }}
group by account_id
having min(profile_id) <> account_id
