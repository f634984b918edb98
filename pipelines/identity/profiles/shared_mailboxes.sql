-- Adds the shared mailboxes or phones of {field} to identity_statuses: values with full given names that are not all alike
-- to the most frequent one, or an address that names a household.
insert into identity_statuses
with written as (
    select {field} as value, given_name, count(*) as profile_count
    from {features}
    where {field} is not null and given_name is not null
    group by {field}, given_name
),

usual as (
    select value, arg_max(given_name, (profile_count, given_name)) as given_name
    from written
    group by value
)

select '{field}', value, 'shared'
from (
    select written.value
    from written
    inner join usual on written.value = usual.value
    where not identity_alike(written.given_name, usual.given_name)
    union
    select {field} from {features} where regexp_full_match({field}, {households})
)
