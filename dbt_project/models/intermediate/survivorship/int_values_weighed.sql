{#- How much speaks for each value of a person. If a value is the one that holds since it was first stated, every other
    value is explained by an earlier life (a change: dear, the rarer the attribute changes) or by errors (the trust of
    those who stated it); whatever is stated later can only be error. The value that leaves least to explain is the
    likeliest. -#}
{% set rules = var('survivorship') %}
with

stated as (
    select * from {{ ref('int_values_stated') }}
),

aged as (
    select
        *,
        -- Mailbox, telephone and address of a desk are left with the job.
        max(change_rate) filter (where attribute = 'work') over () as desk_change_rate
    from {{ ref('int_attributes_aged') }}
    where source is null
),

borne as (
    select * from {{ ref('int_names_borne') }}
),

weighed as (
    select
        stated.*,
        stated.first_stated_at - to_days(stated.learnt_before_days) as first_learnt_at,
        stated.last_stated_at - to_days(stated.learnt_before_days) as last_learnt_at,
        -- Where another person's profile may have strayed in, it is no more trusted than that.
        greatest(
            {{ points_of(
                "least(1 - (1 - aged.error_rate) * (
                    stated.belonging_probability + (1 - stated.belonging_probability) * coalesce(aged.shared_share, 0)
                ), 0.95)"
            ) }}
            + stated.trust_points,
            1
        ) as points,
        {{ is_telling('stated.attribute', 'stated.parts') }} as is_telling
    from stated
    inner join aged on stated.attribute = aged.attribute
),

-- Few aggregates: there are nearly as many values as statements.
counted as (
    select
        person_id,
        attribute,
        value_key,
        bool_and(is_at_work) as is_at_work,
        max(shown) as shown,
        min(first_stated_at) as first_stated_at,
        max(last_stated_at) as last_stated_at,
        max(last_learnt_at) as last_learnt_at,
        max(answered_at) as answered_at,
        bool_or(is_dead) as is_dead,
        count(*) as source_count,
        cast(sum(profile_count) as bigint) as profile_count,
        cast(
            coalesce(
                sum(points) filter (where not is_copying),
                max(points) filter (where is_copying) - {{ rules.copied_points }}
            )
            + {{ rules.copied_points }} * count(*) filter (where is_copying)
            as integer
        ) as points
    from weighed
    group by person_id, attribute, value_key
),

valued as (
    select
        counted.*,
        counted.shown.parts,
        case
            when counted.is_at_work then greatest(aged.change_rate, aged.desk_change_rate)
            else aged.change_rate
        end as change_rate,
        cast(counted.is_dead as integer) * {{ rules.bounced_points }}
        + case
            when counted.answered_at is null then 0
            when counted.attribute = 'email' then {{ rules.answered_points }}
            else {{ rules.delivered_points }}
        end as use_points
    from counted
    inner join aged on counted.attribute = aged.attribute
),

contested as (
    select
        person_id,
        attribute
    from counted
    group by person_id, attribute
    having count(*) > 1
),

-- From here on only of whom the sources differ about. A record that was changed since no longer stands for its former
-- value.
standing as (
    select
        weighed.person_id,
        weighed.attribute,
        weighed.value_key,
        weighed.first_learnt_at,
        weighed.last_learnt_at,
        case
            when
                weighed.is_maintained
                and weighed.last_learnt_at < max(weighed.last_learnt_at) over (
                    partition by
                        weighed.person_id, weighed.attribute, weighed.source_key, weighed.is_at_work, weighed.is_telling
                )
                then 0
            when
                weighed.is_copying
                and count(*) over (partition by weighed.person_id, weighed.attribute, weighed.value_key) > 1
                then {{ rules.copied_points }}
            else weighed.points
        end as points
    from weighed
    inner join contested on weighed.person_id = contested.person_id and weighed.attribute = contested.attribute
),

supported as (
    select
        person_id,
        attribute,
        value_key,
        min(first_learnt_at) as first_learnt_at,
        cast(sum(points) as integer) as points
    from standing
    group by person_id, attribute, value_key
),

rivals as (
    select
        valued.* exclude (points), -- noqa: RF02
        {{ is_telling('valued.attribute', 'valued.parts') }} as is_telling,
        supported.first_learnt_at,
        supported.points as support_points
    from valued
    inner join supported
        on
            valued.person_id = supported.person_id
            and valued.attribute = supported.attribute
            and valued.value_key = supported.value_key
),

-- Home and work do not contradict each other.
opposed as (
    select
        mine.person_id,
        mine.attribute,
        mine.value_key,
        min(others.support_points) as all_points,
        cast(coalesce(sum(standing.points) filter (where standing.last_learnt_at > mine.first_learnt_at), 0) as integer)
            as later_points,
        min(
            case
                when mine.change_rate > 0 and others.first_learnt_at < mine.first_learnt_at
                    then cast(round(-10 * log10(
                        1 - exp(
                            -mine.change_rate
                            * greatest(date_diff('day', others.first_learnt_at, mine.first_learnt_at), 7) / 365.25
                        )
                    )) as integer)
            end
        ) as change_points
    from rivals as mine
    inner join rivals as others
        on
            mine.person_id = others.person_id
            and mine.attribute = others.attribute
            and mine.is_at_work = others.is_at_work
            and mine.is_telling = others.is_telling
            and mine.value_key <> others.value_key
    inner join standing
        on
            others.person_id = standing.person_id
            and others.attribute = standing.attribute
            and others.value_key = standing.value_key
    group by mine.person_id, mine.attribute, mine.value_key, others.value_key
),

explained as (
    select
        person_id,
        attribute,
        value_key,
        cast(sum(
            case when change_points + later_points < all_points then later_points else all_points end
        ) as integer) as contradicting_points,
        cast(sum(case when change_points + later_points < all_points then change_points else 0 end) as integer)
            as change_points
    from opposed
    group by person_id, attribute, value_key
),

scored as (
    select
        rivals.*,
        coalesce(explained.contradicting_points, 0) as contradicting_points,
        coalesce(explained.change_points, 0) as change_points,
        coalesce(borne.points, 0) as borne_points,
        rivals.use_points
        + coalesce(borne.points, 0)
        - coalesce(explained.contradicting_points, 0)
        - coalesce(explained.change_points, 0) as score
    from rivals
    left join explained
        on
            rivals.person_id = explained.person_id
            and rivals.attribute = explained.attribute
            and rivals.value_key = explained.value_key
    left join borne on rivals.attribute = borne.attribute and rivals.value_key = borne.value_key
),

-- The chance that none of them is right competes as well: all who stated one were wrong. Sorted, so that the last digit
-- is the same in every run; an ordered sum costs three times as much, a window more.
competing as (
    select
        person_id,
        attribute,
        is_at_work,
        is_telling,
        list_sum(list_sort(list(pow(10, score / 10)))) + pow(10, -sum(support_points) / 10) as odds
    from scored
    group by person_id, attribute, is_at_work, is_telling
),

shares as (
    select
        scored.*,
        pow(10, scored.score / 10) / competing.odds as stated_right_probability
    from scored
    inner join competing
        on
            scored.person_id = competing.person_id
            and scored.attribute = competing.attribute
            and scored.is_at_work = competing.is_at_work
            and scored.is_telling = competing.is_telling
),

together as (
    select
        valued.* exclude (points), -- noqa: RF02
        false as is_contested,
        valued.points as support_points,
        0 as contradicting_points,
        0 as change_points,
        0 as borne_points,
        valued.use_points as score,
        1 / (1 + pow(10, -(valued.points + valued.use_points) / 10)) as stated_right_probability
    from valued
    anti join contested on valued.person_id = contested.person_id and valued.attribute = contested.attribute
    union all by name
    select
        *,
        true as is_contested
    from shares
),

final as (
    select
        together.person_id,
        together.attribute,
        together.value_key,
        together.is_contested,
        together.is_at_work,
        together.is_dead,
        together.parts,
        together.shown.profile_id,
        together.first_stated_at,
        together.last_stated_at,
        together.answered_at,
        together.source_count,
        together.profile_count,
        together.support_points,
        together.contradicting_points,
        together.change_points,
        together.use_points,
        together.borne_points,
        together.score,
        together.stated_right_probability,
        together.change_rate,
        -- A mail answered proves that the mailbox lives, not that it is still the one to write to.
        cast(together.last_learnt_at as date) as ages_from_date
    from together
)

select * from final
