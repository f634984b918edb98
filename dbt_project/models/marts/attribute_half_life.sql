with

aged as (
    select * from {{ ref('int_attributes_aged') }}
),

final as (
    select
        attribute,
        source,
        is_change_measured,
        record_count,
        cast(watched_years as decimal(18, 3)) as watched_years,
        change_count,
        slip_count,
        cast(change_rate as decimal(18, 6)) as change_rate,
        -- Poisson: the standard error of a count is its root.
        case
            when is_change_measured and source is null
                then cast(greatest(change_count - 1.96 * sqrt(change_count), 0) / watched_years as decimal(18, 6))
        end as change_rate_low,
        case
            when is_change_measured and source is null
                then cast((change_count + 1.96 * sqrt(change_count)) / watched_years as decimal(18, 6))
        end as change_rate_high,
        case when change_rate > 0 then cast(ln(2) / change_rate as decimal(18, 3)) end as half_life_years,
        pair_count,
        same_count as agreeing_pair_count,
        is_error_measured,
        cast(error_rate as decimal(18, 6)) as error_rate
    from aged
)

select * from final
