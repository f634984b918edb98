-- Links and near links of the region, and of pairs with one profile in it; identity_pairs_near: the scored pairs of these.

-- One row per link: within a certain group from the first profile of each person to the others of that person, and every
-- likely pair. is_cut: the two are not one person in the end. Comparison levels, no values.
insert into state.links
with members as (
    select
        groups.rule,
        groups.group_id,
        groups.profile_id,
        people.person_id,
        people.person_id = firsts.person_id as is_of_first
    from identity_groups as groups
    inner join state.people as people on groups.profile_id = people.profile_id
    -- The id of a group is its first profile.
    inner join state.people as firsts on groups.group_id = firsts.profile_id
    where groups.profile_id <> groups.group_id
),

others as (
    select
        rule,
        group_id,
        profile_id,
        min(profile_id) over (partition by rule, group_id, person_id) as person_first
    from members
    where not is_of_first
),

-- The first bearer of the name in each part that is connected without it.
bearers as (
    select min(bearers.profile_id) as profile_id,
        min(min(bearers.profile_id)) over (partition by bearers.names, people.person_id) as first_id
    from state.bearers as bearers
    semi join identity_region as region on bearers.profile_id = region.profile_id
    inner join state.people as people on bearers.profile_id = people.profile_id
    group by bearers.names, people.person_id, bearers.alone
),

pairs as (
    select group_id as left_profile_id, profile_id as right_profile_id, rule, false as is_cut
    from members
    where is_of_first
    union all
    select person_first, profile_id, rule, false
    from others
    where profile_id > person_first
    union all
    select group_id, profile_id, rule, true
    from others
    where profile_id = person_first
    union all
    select scored.left_profile_id, scored.right_profile_id, 'probable', a.person_id <> b.person_id
    from identity_pairs_near as scored
    inner join state.people as a on scored.left_profile_id = a.profile_id
    inner join state.people as b on scored.right_profile_id = b.profile_id
    where scored.weight > 0
    union all
    select least(nameless.profile_id, min(nameless.holder_id)), greatest(nameless.profile_id, min(nameless.holder_id)),
        'sole_holder', false
    from state.nameless as nameless
    semi join identity_region as region on nameless.profile_id = region.profile_id
    inner join state.people as a on nameless.profile_id = a.profile_id
    inner join state.people as b on nameless.holder_id = b.profile_id
    where a.person_id = b.person_id
    group by nameless.profile_id
    union all
    select first_id, profile_id, 'sole_bearer', false
    from bearers
    where profile_id <> first_id
)

select
    pairs.left_profile_id,
    pairs.right_profile_id,
    pairs.rule,
    pairs.is_cut,
    scored.pattern,
    scored.splink_weight,
    scored.weight
from pairs
left join identity_pairs_near as scored
    on pairs.left_profile_id = scored.left_profile_id and pairs.right_profile_id = scored.right_profile_id;

-- One row per scored pair of two people that is near the threshold, or above it and was not followed.
insert into state.near_links
select
    scored.left_profile_id,
    scored.right_profile_id,
    case
        when scored.weight <= 0 then 'below_threshold'
        when vetoes.left_profile_id is not null then 'veto'
        else 'thin_evidence'
    end as reason,
    scored.pattern,
    scored.splink_weight,
    scored.weight
from identity_pairs_near as scored
inner join state.people as a on scored.left_profile_id = a.profile_id
inner join state.people as b on scored.right_profile_id = b.profile_id
left join (
    select distinct a.person_id as left_profile_id, b.person_id as right_profile_id
    from state.vetoes as vetoes
    inner join state.people as a on vetoes.left_profile_id = a.profile_id
    inner join state.people as b on vetoes.right_profile_id = b.profile_id
) as vetoes
    on least(a.person_id, b.person_id) = least(vetoes.left_profile_id, vetoes.right_profile_id)
    and greatest(a.person_id, b.person_id) = greatest(vetoes.left_profile_id, vetoes.right_profile_id)
where a.person_id <> b.person_id and scored.weight >= {near}
