{#- An exponential life with a nugget. A source that keeps one record a person tells how often it is changed: changes over
    the years it was watched, the unchanged ones included. Two sources that do not copy each other, so many years apart,
    agree with probability (1 - error_rate)^2 * exp(-change_rate * years): what is lost at no distance is error. -#}
{% set rules = var('survivorship') %}
with

-- Another person's data that strayed in would look like changes; of addresses only whole ones can move.
stated as (
    select
        *,
        {{ stating('first_stated_at', 'shown') }} as stating
    from {{ ref('int_values_stated') }}
    where
        belonging_probability > 0.95
        and (attribute <> 'address' or parts = 3)
        {%- if env_var('STAMGAST_RATES_OF_HALF', '') %}
        -- The benchmark judges the other half.
        and person_id % 2 = 0
        {%- endif %}
),

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
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
        source,
        count(*) - 1 as other_values,
        date_diff('day', min(first_stated_at), max(last_stated_at)) as days,
        cast({{ profile_shown('min(stating)') }} as bigint) as first_profile_id,
        cast({{ profile_shown('max(stating)') }} as bigint) as last_profile_id
    from stated
    where is_maintained
    group by person_id, attribute, is_at_work, source, source_key
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

changed as (
    select
        declared.attribute,
        any_value(declared.change_rate) as declared_change_rate,
        any_value(declared.error_rate) as declared_error_rate,
        cast(coalesce(sum(by_source.record_count), 0) as bigint) as record_count,
        coalesce(sum(by_source.watched_years), 0) as watched_years,
        cast(coalesce(sum(by_source.change_count), 0) as bigint) as change_count,
        cast(coalesce(sum(by_source.slip_count), 0) as bigint) as slip_count
    from declared
    left join by_source on declared.attribute = by_source.attribute
    group by declared.attribute
),

aged as (
    select
        *,
        change_count >= {{ rules.prior_changes }} and declared_change_rate > 0 as is_change_measured,
        case
            when change_count >= {{ rules.prior_changes }} and declared_change_rate > 0
                then cast(change_count / watched_years as double)
            else declared_change_rate
        end as change_rate
    from changed
),

-- Of each person the first and the last that were typed anew, so that every person counts once.
pairs as (
    select
        attribute,
        min_by(value_key, stating) = max_by(value_key, stating) as is_same,
        date_diff('day', min(first_stated_at), max(first_stated_at)) as days
    from stated
    where not is_copying
    group by person_id, attribute, is_at_work
    having min(source_key) <> max(source_key)
),

agreed as (
    select
        pairs.attribute,
        count(*) as pair_count,
        count(*) filter (where pairs.is_same) as same_count,
        sum(cast(exp(-aged.change_rate * pairs.days / 365.25) as decimal(18, 6))) as expected_count
    from pairs
    inner join aged on pairs.attribute = aged.attribute
    group by pairs.attribute
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
        case
            when agreed.pair_count >= {{ rules.prior_statements }}
                -- Nothing is without error, and what is mostly error is no source.
                then least(greatest(1 - sqrt(agreed.same_count / agreed.expected_count), 0.001), 0.4)
            else aged.declared_error_rate
        end as error_rate
    from aged
    left join agreed on aged.attribute = agreed.attribute
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
