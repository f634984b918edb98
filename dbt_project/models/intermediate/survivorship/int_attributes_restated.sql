-- Who changes employer leaves the mailbox and the telephone of the desk, so what is said afterwards is seldom known to
-- be of the same person: an employer that nobody named for long is more often a former one than the rate of changes
-- says. A value lives, is stated at a steady rate while it does, and dies unseen (Schmittlein, Morrison and Colombo
-- 1987, Counting your customers, here with one rate for all): the rate under which what was heard and the silence since
-- are likeliest.
{% set rules = var('survivorship') %}
with

heard as (
    select
        attribute,
        change_rate,
        profile_count - 1 as repeat_count,
        date_diff('day', first_stated_at, last_stated_at) / 365.25 as heard_years,
        greatest(date_diff('day', last_stated_at, {{ as_of() }}), 0) / 365.25 as silent_years
    from {{ ref('int_values_weighed') }}
    where
        attribute in ('{{ rules.silent_after_change | join("', '") }}')
        and not is_contested
        and change_rate > 0
),

-- From once in twenty years to once in two weeks, in steps of a tenth.
rates as (
    select round(0.05 * pow(1.1, step), 6) as restated_rate
    from range(66) as steps (step)
),

likelihoods as (
    select
        heard.attribute,
        rates.restated_rate,
        cast(sum(heard.repeat_count) as bigint) as repeat_count,
        round(sum(
            heard.repeat_count * ln(rates.restated_rate)
            - rates.restated_rate * heard.heard_years
            + ln(
                (
                    heard.change_rate
                    + rates.restated_rate * exp(-(heard.change_rate + rates.restated_rate) * heard.silent_years)
                )
                / (heard.change_rate + rates.restated_rate)
            )
        ), 3) as log_likelihood
    from heard
    cross join rates
    group by heard.attribute, rates.restated_rate
),

final as (
    select
        attribute,
        max(repeat_count) as repeat_count,
        arg_max(restated_rate, row(log_likelihood, -restated_rate)) as restated_rate
    from likelihoods
    group by attribute
    -- Of too few nothing is said, and silence says nothing.
    having max(repeat_count) >= {{ rules.prior_changes }}
)

select * from final
