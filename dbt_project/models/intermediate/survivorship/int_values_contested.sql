{% set rules = var('survivorship') %}
with

candidates as (
    select * exclude (value_key) from {{ ref('int_values_weighed') }}
    where attribute not in ('given_name', 'family_name') and is_contested
    union all by name
    select * from {{ ref('int_names_weighed') }}
    where is_contested
),

-- How likely one of the person's own is right, or one of the employer's, whichever it is.
together as (
    select
        *,
        -- Rounded: the last digit of a sum depends on its order.
        round(sum(stated_right_probability) over (
            partition by person_id, attribute, is_at_work, {{ is_telling('attribute', 'parts') }}
        ), 9)
        * case when is_at_work then {{ rules.work_share }} else 1 end as side_probability
    from candidates
),

-- The fuller unless it is hardly right, the person's own before the employer's, the likelier, then what was said last.
ranked as (
    select
        * exclude (side_probability),
        row_number() over (
            partition by person_id, attribute
            order by
                case
                    when attribute in ('address', 'name') and stated_right_probability >= {{ rules.full_from }}
                        then parts
                    else 0
                end desc,
                side_probability desc,
                stated_right_probability desc,
                last_stated_at desc,
                profile_id desc
        ) as value_rank
    from together
),

winners as (
    select * from ranked
    where value_rank = 1
),

-- What decided between the golden value and each other one.
compared as (
    select
        losers.person_id,
        losers.attribute,
        losers.value_rank,
        case
            when losers.attribute in ('address', 'name') and winners.parts > losers.parts then 'completeness'
            when losers.is_at_work and not winners.is_at_work then 'home'
            when winners.is_at_work and not losers.is_at_work then 'doubt'
            -- All records that said so say otherwise since.
            when losers.support_points = 0 and winners.support_points > 0 then 'replaced'
            when winners.score = losers.score then 'tie'
            when
                winners.use_points - losers.use_points >= greatest(
                    winners.borne_points - losers.borne_points,
                    losers.contradicting_points + losers.change_points
                    - winners.contradicting_points - winners.change_points
                )
                then case when losers.is_dead then 'bounce' else 'use' end
            when
                winners.borne_points - losers.borne_points
                >= losers.contradicting_points + losers.change_points
                - winners.contradicting_points - winners.change_points
                then 'spelling'
            when winners.first_stated_at <= losers.first_stated_at and losers.change_points > 0 then 'stability'
            when winners.source_count > losers.source_count then 'agreement'
            when winners.support_points > losers.support_points then 'trust'
            else 'recency'
        end as rule
    from ranked as losers
    inner join winners on losers.person_id = winners.person_id and losers.attribute = winners.attribute
    where losers.value_rank > 1
),

final as (
    select
        ranked.*,
        compared.rule
    from ranked
    inner join compared
        on
            ranked.person_id = compared.person_id
            and ranked.attribute = compared.attribute
            -- The golden value has its reason from the one that came next.
            and greatest(ranked.value_rank, 2) = compared.value_rank
)

select * from final
