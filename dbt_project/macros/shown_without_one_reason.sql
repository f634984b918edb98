-- What a golden record shows (`shown`: attribute -> expression over `records`) and `golden_values` does not hold once, with
-- profile, date, rule and reason.
{% macro shown_without_one_reason(id, shown) -%}
    with

    shown as (
        {% for attribute, value in shown.items() %}
        select
            {{ id }},
            '{{ attribute }}' as attribute
        from records
        where {{ value }} is not null
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ),

    reasons as (
        select
            {{ id }},
            attribute,
            count(*) as reason_count
        from golden_values
        where reason is not null and rule is not null and profile_id is not null and last_stated_date is not null
        group by {{ id }}, attribute
    )

    select
        shown.{{ id }},
        shown.attribute
    from shown
    left join reasons on shown.{{ id }} = reasons.{{ id }} and shown.attribute = reasons.attribute
    where coalesce(reasons.reason_count, 0) <> 1
{%- endmacro %}
