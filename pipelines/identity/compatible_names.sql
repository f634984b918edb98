-- Who may be one person among those who share a value of {field}: identity_named, one row per profile that may,
-- with the given name it answers to there. The given name is compared first: full names must be equal; initials
-- and missing names join only where the value has a sole user otherwise: one given name, and no second customer
-- number or e-mail address that somebody without full given name brings along. A household's value has none.
create or replace temp table identity_named as
with points as (
    select profile_id, {field} as value, given_name, initial, family_names, customer_number, email
    from identity_features
    where {field} is not null and {field} not in (select value from customers.identity.bad_values where field = '{field}')
),

shared as (
    select
        value,
        coalesce(list(distinct given_name) filter (where given_name is not null), []) as given_names,
        coalesce(list(distinct initial) filter (where given_name is null and initial is not null), []) as initials,
        (count(distinct customer_number) <= 1 or bool_and(given_name is not null or customer_number is null))
        and (count(distinct email) <= 1 or bool_and(given_name is not null or email is null)) as has_one_holder
    from points
    group by value
    having count(*) > 1
),

counted as (
    select
        *,
        has_one_holder and not regexp_full_match(value, {households}) and len(given_names) + len(list_filter(
            initials,
            lambda letter: not list_contains(list_transform(given_names, lambda name: left(name, 1)), letter)
        )) <= 1 as has_sole_user
    from shared
),

named as (
    select
        points.profile_id,
        points.value,
        points.family_names,
        case
            when points.given_name is not null then points.given_name
            when counted.has_sole_user then coalesce(counted.given_names[1], counted.initials[1], '')
        end as name,
        counted.has_sole_user
    from points
    inner join counted on points.value = counted.value
)

select * from named
where name is not null and (family_names is not null or has_sole_user)
