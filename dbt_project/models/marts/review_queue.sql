{% set reasons = ['veto', 'thin_evidence', 'same_name_and_email', 'below_threshold'] %} -- the first is the one shown
{% set odd_from = 4 %}       -- different given or family names in one person
{% set large_from = 10 %}    -- profiles of one person ...
{% set largest_count = 20 %} -- ... of whom so many are looked at, the largest first

with

near_links as (
    select * from {{ source('identity', 'near_links') }}
),

links as (
    select * from {{ source('identity', 'links') }}
),

vetoes as (
    select * from {{ source('identity', 'vetoes') }}
),

overrides as (
    select
        subject,
        decision,
        left_profile_id,
        right_profile_id
    from {{ source('identity', 'overrides') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

profile_account as (
    select * from {{ source('identity', 'profile_account') }}
),

account_candidates as (
    select * from {{ source('identity', 'account_candidates') }}
),

people_named as (
    select * from {{ ref('int_people_named') }}
),

people_doubled as (
    select * from {{ ref('int_people_doubled') }}
),

people_contradicting as (
    select * from {{ ref('int_people_contradicting') }}
),

profiles_permitted as (
    select * from {{ ref('int_profiles_permitted') }}
),

order_lines as (
    select * from {{ ref('fct_order_lines') }}
    where profile_id is not null
),

profile_revenues as (
    select
        profile_id,
        sum(base_amount) as net_revenue
    from order_lines
    group by profile_id
),

people as (
    select
        profile_person.person_id,
        count(*) as profile_count,
        coalesce(sum(revenues.net_revenue), 0) as net_revenue,
        -- What would leave the profile that brings most, were all the others somebody else's.
        coalesce(sum(abs(revenues.net_revenue)) - max(abs(revenues.net_revenue)), 0) as divisible_revenue
    from profile_person
    left join profile_revenues as revenues on profile_person.profile_id = revenues.profile_id
    group by profile_person.person_id
),

person_permissions as (
    select
        profile_person.person_id,
        permitted.purpose,
        permitted.channel,
        arg_max(permitted.is_granted, row(permitted.said_at, not permitted.is_granted)) as is_granted,
        bool_or(permitted.is_granted) and not bool_and(permitted.is_granted) as is_divided
    from profiles_permitted as permitted
    inner join profile_person on permitted.profile_id = profile_person.profile_id
    group by profile_person.person_id, permitted.purpose, permitted.channel
),

-- Why two profiles may be one person although they are not.
suspected as (
    select
        left_profile_id,
        right_profile_id,
        reason,
        weight
    from near_links
    union all
    select
        left_profile_id,
        right_profile_id,
        'veto' as reason,
        cast(null as double) as weight
    from vetoes
    union all
    select
        left_profile_id,
        right_profile_id,
        'thin_evidence' as reason,
        weight
    from links
    where is_cut
    union all
    select
        left_profile_id,
        right_profile_id,
        'same_name_and_email' as reason,
        cast(null as double) as weight
    from people_doubled
),

decided_people as (
    select distinct
        least(left_side.person_id, right_side.person_id) as left_person_id,
        greatest(left_side.person_id, right_side.person_id) as right_person_id
    from overrides
    inner join profile_person as left_side on overrides.left_profile_id = left_side.profile_id
    inner join profile_person as right_side on overrides.right_profile_id = right_side.profile_id
    where overrides.subject = 'person'
),

pairs as (
    select
        least(left_side.person_id, right_side.person_id) as left_person_id,
        greatest(left_side.person_id, right_side.person_id) as right_person_id,
        arg_min(
            {
                'left_profile_id': suspected.left_profile_id,
                'right_profile_id': suspected.right_profile_id,
                'reason': suspected.reason
            },
            row(
                list_position({{ reasons }}, suspected.reason),
                -coalesce(suspected.weight, -1000),
                suspected.left_profile_id,
                suspected.right_profile_id
            )
        ) as chosen,
        max(suspected.weight) as weight
    from suspected
    inner join profile_person as left_side on suspected.left_profile_id = left_side.profile_id
    inner join profile_person as right_side on suspected.right_profile_id = right_side.profile_id
    where left_side.person_id <> right_side.person_id
    group by all
),

pair_sides as (
    select
        left_person_id,
        right_person_id,
        unnest([left_person_id, right_person_id]) as person_id
    from pairs
),

-- By side, not left against right: there the optimizer would first meet all people who spoke of one purpose.
divided_pairs as (
    select
        pair_sides.left_person_id,
        pair_sides.right_person_id
    from pair_sides
    inner join person_permissions on pair_sides.person_id = person_permissions.person_id
    group by
        pair_sides.left_person_id,
        pair_sides.right_person_id,
        person_permissions.purpose,
        person_permissions.channel
    having bool_or(person_permissions.is_granted) and not bool_and(person_permissions.is_granted)
),

pair_conflicts as (
    select
        left_person_id,
        right_person_id,
        count(*) as permission_conflict_count
    from divided_pairs
    group by left_person_id, right_person_id
),

pair_items as (
    select
        concat(pairs.chosen.left_profile_id, '-', pairs.chosen.right_profile_id) as item,
        'pair' as kind,
        pairs.chosen.reason,
        pairs.chosen.left_profile_id,
        pairs.chosen.right_profile_id,
        pairs.left_person_id,
        pairs.right_person_id,
        cast(null as varchar[]) as contradictions,
        pairs.weight,
        left_person.profile_count + right_person.profile_count as profile_count,
        least(abs(left_person.net_revenue), abs(right_person.net_revenue)) as revenue_moved,
        coalesce(conflicts.permission_conflict_count, 0) as permission_conflict_count
    from pairs
    inner join people as left_person on pairs.left_person_id = left_person.person_id
    inner join people as right_person on pairs.right_person_id = right_person.person_id
    left join pair_conflicts as conflicts
        on pairs.left_person_id = conflicts.left_person_id and pairs.right_person_id = conflicts.right_person_id
    left join decided_people as decided
        on pairs.left_person_id = decided.left_person_id and pairs.right_person_id = decided.right_person_id
    where decided.left_person_id is null
),

-- A pair may be linked by several rules: its best weight counts, and a rule without a score is sure.
person_links as (
    select
        profile_person.person_id,
        links.left_profile_id,
        links.right_profile_id,
        max(links.weight) as weight
    from links
    inner join profile_person on links.left_profile_id = profile_person.profile_id
    where not links.is_cut
    group by all
),

weakest_links as (
    select
        person_id,
        arg_min(
            { 'left_profile_id': left_profile_id, 'right_profile_id': right_profile_id, 'weight': weight },
            row(coalesce(weight, 1000), left_profile_id, right_profile_id)
        ) as chosen
    from person_links
    group by person_id
),

clusters as (
    select
        people.*,
        case
            when people_named.given_name_count >= {{ odd_from }} then 'many_given_names'
            when people_named.family_name_count >= {{ odd_from }} then 'many_family_names'
            else 'largest_cluster'
        end as reason
    from people
    inner join people_named on people.person_id = people_named.person_id
    qualify
        greatest(people_named.given_name_count, people_named.family_name_count) >= {{ odd_from }}
        or (
            people.profile_count >= {{ large_from }}
            and row_number() over (order by people.profile_count desc, people.person_id) <= {{ largest_count }}
        )
),

person_conflicts as (
    select
        person_id,
        count(*) as permission_conflict_count
    from person_permissions
    where is_divided
    group by person_id
),

contradictions as (
    select
        person_id,
        list(contradiction order by contradiction) as contradictions,
        arg_min(
            { 'left_profile_id': left_profile_id, 'right_profile_id': right_profile_id },
            row(contradiction, left_profile_id, right_profile_id)
        ) as chosen
    from people_contradicting
    group by person_id
),

contradiction_items as (
    select
        concat(contradictions.chosen.left_profile_id, '-', contradictions.chosen.right_profile_id) as item,
        'cluster' as kind,
        'contradiction' as reason,
        contradictions.chosen.left_profile_id,
        contradictions.chosen.right_profile_id,
        contradictions.person_id as left_person_id,
        contradictions.person_id as right_person_id,
        contradictions.contradictions,
        cast(null as double) as weight,
        people.profile_count,
        people.divisible_revenue as revenue_moved,
        coalesce(conflicts.permission_conflict_count, 0) as permission_conflict_count
    from contradictions
    inner join people on contradictions.person_id = people.person_id
    left join person_conflicts as conflicts on contradictions.person_id = conflicts.person_id
),

-- Who contradicts themselves is asked about that alone.
cluster_items as (
    select
        concat(weakest_links.chosen.left_profile_id, '-', weakest_links.chosen.right_profile_id) as item,
        'cluster' as kind,
        clusters.reason,
        weakest_links.chosen.left_profile_id,
        weakest_links.chosen.right_profile_id,
        clusters.person_id as left_person_id,
        clusters.person_id as right_person_id,
        cast(null as varchar[]) as contradictions,
        weakest_links.chosen.weight,
        clusters.profile_count,
        clusters.divisible_revenue as revenue_moved,
        coalesce(conflicts.permission_conflict_count, 0) as permission_conflict_count
    from clusters
    inner join weakest_links on clusters.person_id = weakest_links.person_id
    left join person_conflicts as conflicts on clusters.person_id = conflicts.person_id
    -- Confirmed: the people who looked at its weakest link let it stand.
    left join overrides
        on
            overrides.subject = 'person'
            and weakest_links.chosen.left_profile_id = least(overrides.left_profile_id, overrides.right_profile_id)
            and weakest_links.chosen.right_profile_id = greatest(overrides.left_profile_id, overrides.right_profile_id)
    left join contradictions on clusters.person_id = contradictions.person_id
    where overrides.decision is null and contradictions.person_id is null
),

accounts as (
    select
        profile_account.account_id,
        count(*) as profile_count,
        coalesce(sum(revenues.net_revenue), 0) as net_revenue
    from profile_account
    left join profile_revenues as revenues on profile_account.profile_id = revenues.profile_id
    group by profile_account.account_id
),

decided_accounts as (
    select distinct
        overrides.left_profile_id as profile_id,
        profile_account.account_id
    from overrides
    inner join profile_account on overrides.right_profile_id = profile_account.profile_id
    where overrides.subject = 'company'
),

account_items as (
    select
        concat('account-', candidates.profile_id, '-', candidates.account_id) as item,
        'account' as kind,
        candidates.reason,
        candidates.profile_id as left_profile_id,
        candidates.account_id as right_profile_id,
        cast(null as bigint) as left_person_id,
        cast(null as bigint) as right_person_id,
        cast(null as varchar[]) as contradictions,
        cast(null as double) as weight,
        own_account.profile_count + other_account.profile_count as profile_count,
        least(abs(own_account.net_revenue), abs(other_account.net_revenue)) as revenue_moved,
        0 as permission_conflict_count
    from account_candidates as candidates
    inner join profile_account as own on candidates.profile_id = own.profile_id
    inner join accounts as own_account on own.account_id = own_account.account_id
    inner join accounts as other_account on candidates.account_id = other_account.account_id
    left join decided_accounts as decided
        on candidates.profile_id = decided.profile_id and candidates.account_id = decided.account_id
    where decided.profile_id is null
),

items as (
    select * from contradiction_items
    union all
    select * from pair_items
    union all
    select * from cluster_items
    union all
    select * from account_items
),

-- A decision changes something when it is not what stands already; nothing scored, nothing known.
doubted as (
    select
        *,
        coalesce(1 / (1 + pow(2, if(kind = 'cluster', weight, -weight))), 0.5) as change_probability
    from items
),

-- Euros and permissions have no common measure, but how few items change as much of either has.
weighed as (
    select
        *,
        cume_dist() over (order by change_probability * revenue_moved desc)
        * cume_dist() over (order by change_probability * permission_conflict_count desc) as rarity
    from doubted
),

final as (
    select
        item,
        row_number() over (order by reason <> 'contradiction', rarity, abs(weight), item) as item_rank,
        kind,
        reason,
        left_profile_id,
        right_profile_id,
        left_person_id,
        right_person_id,
        contradictions,
        weight,
        change_probability,
        profile_count,
        cast(revenue_moved as decimal(18, 2)) as revenue_moved,
        {{ base_currency() }} as currency,
        permission_conflict_count
    from weighed
)

select * from final
