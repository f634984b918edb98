-- Compares the people of `before` with those of `identity`: identity_parts, one row per person before and person now with
-- profiles in common; identity_conflicts, one row per person, purpose and channel on which parts disagree.

create or replace temp table identity_parts as
with revenues as (
    select profile_id, sum(base_amount) as net_revenue
    from core.fct_order_lines
    where profile_id is not null
    group by profile_id
),

parts as (
    select
        old.person_id as old_person_id,
        new.person_id as new_person_id,
        count(*) as profile_count,
        coalesce(sum(revenues.net_revenue), 0)::decimal(18, 2) as net_revenue
    from before.profile_person as old
    inner join identity.profile_person as new on old.profile_id = new.profile_id
    left join revenues on old.profile_id = revenues.profile_id
    group by old.person_id, new.person_id
)

-- A part stays if it is the largest of the person it leaves and of the person it joins; every other part moves.
select
    *,
    row_number() over (
        partition by old_person_id order by abs(net_revenue) desc, profile_count desc, new_person_id
    ) = 1
    and row_number() over (
        partition by new_person_id order by abs(net_revenue) desc, profile_count desc, old_person_id
    ) = 1 as stays
from parts;

create or replace temp table identity_conflicts as
with words as (
    select
        old.person_id as old_person_id,
        new.person_id as new_person_id,
        permitted.purpose,
        permitted.channel,
        arg_max(permitted.is_granted, row(permitted.said_at, not permitted.is_granted)) as is_granted
    from scratch.intermediate.int_profiles_permitted as permitted
    inner join before.profile_person as old on permitted.profile_id = old.profile_id
    inner join identity.profile_person as new on permitted.profile_id = new.profile_id
    group by old.person_id, new.person_id, permitted.purpose, permitted.channel
)

select
    new_person_id as person_id,
    purpose,
    channel,
    list(old_person_id order by old_person_id) filter (where is_granted) as granted_by,
    list(old_person_id order by old_person_id) filter (where not is_granted) as refused_by
from words
group by new_person_id, purpose, channel
having bool_or(is_granted) and not bool_and(is_granted);
