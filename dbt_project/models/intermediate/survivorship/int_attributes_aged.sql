{#- An exponential life with a nugget. A source that keeps one record a person tells how often it is changed: changes over
    the years it was watched, the unchanged ones included. Two sources that do not copy each other, so many years apart,
    agree with probability (1 - error_rate)^2 * exp(-change_rate * years): what is lost at no distance is error. -#}
{% set rules = var('survivorship') %}
{% set contact_points = [] %}
{% for attribute, declared in rules.attributes.items() if declared.home_first %}
    {%- do contact_points.append(attribute) %}
{% endfor %}
with

-- How often sources agree is as well known from a part of the people; changes are rarer, and all are counted.
asked as (
    select
        attribute,
        greatest(count(*) // {{ rules.statements_asked }}, 1) as every
    from {{ ref('int_values_stated') }}
    group by attribute
),

-- Another person's data that strayed in would look like changes; of addresses only whole ones can move.
stated as not materialized (
    select
        *,
        {'stated_at': first_stated_at, 'shown': shown} as stating
    from {{ ref('int_values_stated') }}
    where
        belonging_probability > 0.95
        and (attribute <> 'address' or parts = 3)
),

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

person_household as (
    select
        household_id,
        person_id
    from {{ source('identity', 'person_household') }}
    where valid_to is null
),

declared as (
    {% for attribute, declared in rules.attributes.items() %}
    select
        '{{ attribute }}' as attribute,
        cast({{ 10 ** (-declared.trust / 10) }} as double) as error_rate,
        cast({{ 0.6931471805599453 / declared.half_life_years if declared.half_life_years else 0 }} as double)
            as change_rate
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

records as (
    select
        attribute,
        any_value(source) as source,
        count(*) - 1 as other_values,
        date_diff('day', min(first_stated_at), max(last_stated_at)) as days,
        min_by(shown.profile_id, stating) as first_profile_id,
        max_by(shown.profile_id, stating) as last_profile_id
    from stated
    -- A desk is left with the job: its mailbox and telephone say nothing of how long one's own are kept.
    where is_maintained and not is_at_work
    group by person_id, attribute, source_key
),

-- A slip put right is no change of name.
slips as (
    select
        records.attribute,
        records.source,
        count(*) as slip_count
    from records
    inner join profiles_seen as first_seen on records.first_profile_id = first_seen.profile_id
    inner join profiles_seen as last_seen on records.last_profile_id = last_seen.profile_id
    where
        records.other_values > 0
        and case records.attribute
            when 'given_name' then jaro_winkler_similarity(first_seen.given_name_clean, last_seen.given_name_clean) > 0.85
            when 'family_name' then jaro_winkler_similarity(first_seen.family_name_clean, last_seen.family_name_clean) > 0.85
            when 'email' then levenshtein(first_seen.email_clean, last_seen.email_clean) < 3
            else false
        end
    group by records.attribute, records.source
),

watched as (
    select
        attribute,
        source,
        count(*) as record_count,
        sum(days) as days,
        cast(sum(other_values) as bigint) as change_count
    from records
    where days > 0
    group by attribute, source
),

by_source as (
    select
        watched.attribute,
        watched.source,
        watched.record_count,
        cast(watched.days / 365.25 as decimal(18, 2)) as watched_years,
        watched.change_count - coalesce(slips.slip_count, 0) as change_count,
        coalesce(slips.slip_count, 0) as slip_count
    from watched
    left join slips on watched.attribute = slips.attribute and watched.source = slips.source
),

-- Records that nobody keeps up show fewer changes than there are: against the source that sees most of them, one that
-- sees too few to be chance (three standard deviations of a Poisson count) says nothing of how fast people change.
most_seen as (
    select
        attribute,
        max(cast(change_count / watched_years as double)) as change_rate
    from by_source
    where change_count >= {{ rules.declared_changes }}
    group by attribute
),

kept_up as (
    select by_source.*
    from by_source
    left join most_seen on by_source.attribute = most_seen.attribute
    where
        most_seen.change_rate is null
        or most_seen.change_rate * by_source.watched_years - by_source.change_count
        <= 3 * sqrt(most_seen.change_rate * by_source.watched_years)
),

changed as (
    select
        declared.attribute,
        any_value(declared.change_rate) as declared_change_rate,
        any_value(declared.error_rate) as declared_error_rate,
        cast(coalesce(sum(kept_up.record_count), 0) as bigint) as record_count,
        coalesce(sum(kept_up.watched_years), 0) as watched_years,
        cast(coalesce(sum(kept_up.change_count), 0) as bigint) as change_count,
        cast(coalesce(sum(kept_up.slip_count), 0) as bigint) as slip_count
    from declared
    left join kept_up on declared.attribute = kept_up.attribute
    group by declared.attribute
),

aged as (
    select
        *,
        change_count >= {{ rules.prior_changes }} and declared_change_rate > 0 as is_change_measured,
        -- What is declared weighs as much as a few changes seen (a gamma prior), so that no count is a cliff.
        case
            when declared_change_rate > 0
                then (change_count + {{ rules.declared_changes }})
                / (cast(watched_years as double) + {{ rules.declared_changes }} / declared_change_rate)
            else 0
        end as change_rate
    from changed
),

typed as (
    select stated.*
    from stated
    inner join asked on stated.attribute = asked.attribute
    where not stated.is_copying and not stated.is_at_work and stated.person_id % asked.every = 0
),

-- Of each person the first statement that was typed anew, and the first by another source: every person counts once,
-- and no source is asked whether it agrees with itself. What sales teams and lists say of a desk they have from each other.
firsts as (
    select
        person_id,
        attribute,
        min_by(source_key, stating) as source_key,
        min_by(value_key, stating) as value_key,
        min(first_stated_at) as stated_at
    from typed
    group by person_id, attribute
    having min(source_key) <> max(source_key)
),

pairs as (
    select
        firsts.person_id,
        firsts.attribute,
        firsts.attribute in ('{{ contact_points | join("', '") }}') as is_contact_point,
        min_by(typed.value_key, typed.stating) = any_value(firsts.value_key) as is_same,
        date_diff('day', any_value(firsts.stated_at), min(typed.first_stated_at)) as days
    from firsts
    inner join typed
        on
            firsts.person_id = typed.person_id
            and firsts.attribute = typed.attribute
            and firsts.source_key <> typed.source_key
    group by firsts.person_id, firsts.attribute
),

-- Records are known to be one person's by the contact points they share, so those who share the only one of them agree
-- by choice: whether one is right is told by people whom another one holds together.
held as (
    select
        person_id,
        count(*) as point_count
    from pairs
    where is_contact_point and is_same
    group by person_id
),

telling as (
    select pairs.*
    from pairs
    left join held on pairs.person_id = held.person_id
    where not pairs.is_contact_point or held.point_count > cast(pairs.is_same as integer)
),

-- Error is what disagrees at no distance. Who states something anew after years does so more often because it changed,
-- and that is no error: where there are enough, only pairs at a short distance count.
enough as (
    select
        attribute,
        count(*) filter (where days <= {{ rules.error_within_days }}) >= {{ rules.prior_statements }} as is_short
    from telling
    group by attribute
),

agreed as (
    select
        pairs.attribute,
        count(*) as pair_count,
        count(*) filter (where pairs.is_same) as same_count,
        sum(cast(exp(-aged.change_rate * pairs.days / 365.25) as decimal(18, 6))) as expected_count
    from telling as pairs
    inner join enough on pairs.attribute = enough.attribute
    inner join aged on pairs.attribute = aged.attribute
    where pairs.days <= {{ rules.error_within_days }} or not enough.is_short
    group by pairs.attribute
),

-- What strays in is mostly a housemate's record: how often is that what the person would have said as well?
housemates as (
    select
        person_household.household_id,
        stated.attribute,
        stated.value_key,
        count(distinct stated.person_id) as bearer_count
    from stated
    inner join person_household on stated.person_id = person_household.person_id
    inner join asked on stated.attribute = asked.attribute
    where not stated.is_at_work and person_household.household_id % asked.every = 0
    group by person_household.household_id, stated.attribute, stated.value_key
),

households as (
    select
        attribute,
        sum(bearer_count * (bearer_count - 1)) as shared_count,
        sum(bearer_count) * (sum(bearer_count) - 1) as housemate_count
    from housemates
    group by household_id, attribute
),

shared as (
    select
        attribute,
        cast(sum(shared_count) / sum(housemate_count) as double) as shared_share
    from households
    group by attribute
    having sum(housemate_count) >= {{ rules.prior_statements }}
),

pooled as (
    select
        aged.attribute,
        cast(null as varchar) as source,
        aged.record_count,
        aged.watched_years,
        aged.change_count,
        aged.slip_count,
        aged.is_change_measured,
        aged.change_rate,
        coalesce(agreed.pair_count, 0) as pair_count,
        agreed.same_count,
        coalesce(agreed.pair_count >= {{ rules.prior_statements }}, false) as is_error_measured,
        -- What is declared weighs as much as a few pairs. Nothing is without error, and what is mostly error is no source.
        least(greatest(1 - sqrt(
            (coalesce(agreed.same_count, 0) + {{ rules.declared_pairs }} * pow(1 - aged.declared_error_rate, 2))
            / (coalesce(cast(agreed.expected_count as double), 0) + {{ rules.declared_pairs }})
        ), 0.001), 0.4) as error_rate,
        coalesce(shared.shared_share, 0) as shared_share
    from aged
    left join agreed on aged.attribute = agreed.attribute
    left join shared on aged.attribute = shared.attribute
),

-- A source's own rate is drawn towards that of all, the more the fewer changes it saw (a gamma prior).
final as (
    select * from pooled
    union all by name
    select
        by_source.*,
        pooled.is_change_measured,
        (by_source.change_count + {{ rules.prior_changes }})
        / (by_source.watched_years + {{ rules.prior_changes }} / pooled.change_rate) as change_rate
    from by_source
    inner join pooled on by_source.attribute = pooled.attribute
    where pooled.is_change_measured
)

select * from final
