-- One row per link: within a group the first profile of each person to that person's others, and, where a veto
-- cut the group, from the group's first profile to the first of each other person (is_cut). Booleans only: null
-- where one side does not have the field.
create or replace table identity.links as
with members as (
    select
        groups.rule,
        groups.profile_id,
        min(groups.profile_id) over (partition by groups.rule, groups.group_id, people.person_id) as person_first,
        min(groups.profile_id) over (partition by groups.rule, groups.group_id) as group_first
    from identity_groups as groups
    inner join identity.profile_person as people on groups.profile_id = people.profile_id
),

pairs as (
    select person_first as left_profile_id, profile_id as right_profile_id, rule, false as is_cut
    from members
    where profile_id > person_first
    union all
    select group_first, profile_id, rule, true
    from members
    where profile_id = person_first and profile_id > group_first
)

select
    pairs.left_profile_id,
    pairs.right_profile_id,
    pairs.rule,
    pairs.is_cut,
    a.given_name = b.given_name as same_given_name,
    list_has_any(a.family_names, b.family_names) as same_family_name,
    a.birth_date = b.birth_date as same_birth_date,
    a.customer_number = b.customer_number as same_customer_number,
    a.email = b.email as same_email,
    a.phone = b.phone as same_phone,
    a.postcode = b.postcode as same_postcode,
    a.address = b.address as same_address
from pairs
inner join identity_features as a on pairs.left_profile_id = a.profile_id
inner join identity_features as b on pairs.right_profile_id = b.profile_id
order by pairs.left_profile_id, pairs.right_profile_id, pairs.rule, pairs.is_cut
