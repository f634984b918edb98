-- Profiles that may be one person among those that share a value of {field}: identity_named, one row per profile, with the
-- given name by which it is grouped. Full given names must be equal. Initials and missing names join only if the value has a
-- sole user: all given names are alike, and no profile without a full given name brings a second customer number or e-mail
-- address. A value that names a household has no sole user.
create or replace temp table identity_named as
with points as materialized (
    select profile_id, {field} as value, given_name, initial, family_names, customer_number, email
    from {features}
    where {field} in (
        select {field} from {features} where {field} is not null group by {field} having count(*) > 1
    ) and {field} not in (select value from state.bad_values where field = '{field}')
),

-- The most frequent given name of a value, and the given names that are not alike to it.
written as (
    select value, given_name, count(*) as profile_count
    from points
    where given_name is not null
    group by value, given_name
),

usual as (
    select value, arg_max(given_name, (profile_count, given_name)) as given_name
    from written
    group by value
),

others as (
    select written.value, count(*) as name_count
    from written
    inner join usual on written.value = usual.value
    where not identity_alike(written.given_name, usual.given_name)
    group by written.value
),

shared as (
    select
        value,
        coalesce(list(distinct initial) filter (where given_name is null and initial is not null), []) as initials,
        (coalesce(min(customer_number) = max(customer_number), true) or bool_and(given_name is not null or customer_number is null))
        and (coalesce(min(email) = max(email), true) or bool_and(given_name is not null or email is null)) as has_one_holder
    from points
    group by value
),

counted as (
    select
        shared.*,
        usual.given_name as usual_name,
        shared.has_one_holder and not regexp_full_match(shared.value, {households}) and others.value is null
        and len(list_filter(shared.initials, lambda letter: letter <> coalesce(left(usual.given_name, 1), letter))) = 0
        and (usual.given_name is not null or len(shared.initials) <= 1) as has_sole_user
    from shared
    left join usual on shared.value = usual.value
    left join others on shared.value = others.value
),

named as (
    select
        points.profile_id,
        points.value,
        points.family_names,
        case
            when points.given_name is not null then points.given_name
            when counted.has_sole_user then coalesce(counted.usual_name, counted.initials[1], '')
        end as name,
        counted.has_sole_user
    from points
    inner join counted on points.value = counted.value
)

select * from named
where name is not null and (family_names is not null or has_sole_user)
