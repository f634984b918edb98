-- Adults in a household with a known minor, or of three and more by their own word.
select
    people.person_id,
    households.minor_count,
    people.household_size
from {{ ref('customer_360') }} as people
left join {{ ref('household_360') }} as households on people.household_id = households.household_id
where
    not people.is_minor
    and (households.minor_count > 0 or people.household_size >= 3)
