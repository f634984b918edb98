with

aged as (
    select * from {{ ref('int_attributes_aged') }}
),

restated as (
    select * from {{ ref('int_attributes_restated') }}
),

final as (
    select
        aged.attribute,
        aged.source,
        aged.is_change_measured,
        aged.record_count,
        cast(aged.watched_years as decimal(18, 3)) as watched_years,
        aged.change_count,
        aged.slip_count,
        cast(aged.change_rate as decimal(18, 6)) as change_rate,
        -- Poisson: the standard error of a count is its root.
        case
            when aged.is_change_measured and aged.source is null
                then cast(
                    greatest(aged.change_count - 1.96 * sqrt(aged.change_count), 0)
                    / aged.watched_years as decimal(18, 6)
                )
        end as change_rate_low,
        case
            when aged.is_change_measured and aged.source is null
                then cast((aged.change_count + 1.96 * sqrt(aged.change_count)) / aged.watched_years as decimal(18, 6))
        end as change_rate_high,
        case when aged.change_rate > 0 then cast(ln(2) / aged.change_rate as decimal(18, 3)) end as half_life_years,
        case when aged.source is null then cast(restated.restated_rate as decimal(18, 6)) end as restated_rate,
        aged.pair_count,
        aged.same_count as agreeing_pair_count,
        aged.is_error_measured,
        cast(aged.error_rate as decimal(18, 6)) as error_rate
    from aged
    left join restated on aged.attribute = restated.attribute
)

select * from final
