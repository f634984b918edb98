-- One row per person and uninterrupted membership of a household: identity.person_household.
create or replace table identity.person_household as
with tied as (
    select stay_id, max(rule) as rule
    from (
        select stay_id, rule
        from identity_ties
        qualify count(*) over (partition by address, tie) > 1
    )
    group by stay_id
),

homes as (
    select
        stays.person_id,
        stays.country,
        stays.postcode_area,
        stays.valid_from,
        stays.valid_to,
        tied.rule,
        coalesce(
            min(stays.person_id) filter (where stays.valid_to is null) over home,
            min(stays.person_id) over home
        ) as household_id
    from identity_stays as stays
    inner join identity_homes_found as homes on stays.stay_id = homes.stay_id
    left join tied on stays.stay_id = tied.stay_id
    window home as (partition by homes.home_id)
    qualify count(*) over home <= {members}
),

-- Moving to another home with the same people does not end a household.
marked as (
    select
        *,
        valid_from is distinct from lag(valid_to) over (
            partition by person_id, household_id order by valid_from
        ) as is_begin
    from homes
),

numbered as (
    select
        *,
        count(*) filter (where is_begin) over (
            partition by person_id, household_id order by valid_from rows unbounded preceding
        ) as membership
    from marked
),

memberships as (
    select
        household_id,
        person_id,
        min(valid_from) as valid_from,
        case when bool_and(valid_to is not null) then max(valid_to) end as valid_to,
        coalesce(arg_max(rule, valid_from), 'alone') as rule,
        arg_max(country, valid_from) as country,
        arg_max(postcode_area, valid_from) as postcode_area
    from numbered
    group by household_id, person_id, membership
),

-- analytics.duckdb is to show no area of few people.
areas as (
    select country, postcode_area
    from memberships
    group by country, postcode_area
    having least(count(distinct person_id), count(distinct household_id)) >= {small_group_size}
)

select memberships.* replace (areas.postcode_area as postcode_area)
from memberships
left join areas
    on memberships.country is not distinct from areas.country and memberships.postcode_area = areas.postcode_area
order by memberships.household_id, memberships.person_id, memberships.valid_from
