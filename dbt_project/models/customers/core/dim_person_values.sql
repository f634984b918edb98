{#- The body of a macro is looked up in the catalogue in use. -#}
{{ config(
    alias='person_values',
    meta=customers_asset('core', 'person_values'),
    post_hook=["use {{ this.database }}", "{{ why_macro() }}", "use {{ target.database }}"]
) }}
{%- set rules = var('survivorship') %}
{#- How a value reads, from its profile. -#}
{% set texts = {
    'name': "concat_ws(' ', given_name_clean, family_name_clean)",
    'birth_date': 'cast(birth_date_clean as varchar)',
    'gender': 'gender_clean',
    'email': 'email_clean',
    'phone': 'phone_clean',
    'address': "concat_ws(
            ', ',
            nullif(concat_ws(' ', street_clean, house_number_clean), ''),
            nullif(concat_ws(' ', postcode_clean, city_clean), ''),
            country_clean
        )",
    'work': "concat_ws(', ', nullif(trim(job_title), ''), company_name_clean)",
    'customer_number': 'trim(customer_number)',
    'language': 'language_clean',
    'occupation': 'trim(occupation)',
    'income_band': 'trim(income_band)',
    'household_size': 'cast(try_cast(household_size as integer) as varchar)',
    'marital_status': 'trim(marital_status)',
    'interests': 'trim(interests)',
} -%}
with

ranked as (
    select * from {{ ref('int_values_ranked') }}
),

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

restated as (
    select * from {{ ref('int_attributes_restated') }}
),

worded as (
    select
        ranked.*,
        greatest(date_diff('day', ranked.last_stated_at, {{ as_of() }}), 0) / 365.25 as silent_years,
        -- A source that says so still may have learnt it long before.
        ranked.stated_right_probability * exp(
            -ranked.change_rate
            * greatest(date_diff('day', ranked.ages_from_date, ranked.last_stated_at), 0)
            / 365.25
        ) as last_right_probability,
        coalesce(restated.restated_rate, 0) as restated_rate,
        profiles_seen.feed,
        -- Also what a contract fills in; nobody need be asked about it.
        ranked.attribute = 'address' and ranked.parts = 1 and profiles_seen.city_clean is null as is_country_alone,
        case ranked.attribute
            {% for attribute, text in texts.items() -%}
            when '{{ attribute }}' then {{ text }}
            {% endfor -%}
        end as value
    from ranked
    inner join profiles_seen on ranked.profile_id = profiles_seen.profile_id
    left join restated on ranked.attribute = restated.attribute
),

levels as (
    {% for attribute, declared in rules.attributes.items() if declared.verify_below %}
    select
        '{{ attribute }}' as attribute,
        {{ declared.verify_below }} as verify_below
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        worded.person_id,
        worded.attribute,
        worded.value_rank,
        worded.value_rank = 1 as is_golden,
        worded.value,
        worded.feed,
        worded.profile_id,
        cast(worded.first_stated_at as date) as first_stated_date,
        cast(worded.last_stated_at as date) as last_stated_date,
        cast(worded.answered_at as date) as last_used_date,
        worded.source_count,
        worded.profile_count,
        worded.is_at_work,
        worded.score,
        worded.support_points,
        worded.contradicting_points,
        worded.change_points,
        worded.use_points,
        worded.borne_points as spelling_points,
        worded.rule,
        case
            when worded.value_rank = 1
                then {{ golden_reason('worded.rule') }}
            else {{ losing_reason('worded.rule') }}
        end as reason,
        cast(
            worded.last_right_probability
            * {{ still_holds('worded.change_rate', 'worded.restated_rate', 'worded.silent_years') }} as decimal(9, 4)
        ) as right_probability,
        case
            when worded.value_rank = 1 and levels.verify_below is not null and not worded.is_country_alone
                then cast({{ as_of() }} + to_days(cast(least(greatest(
                    {{ years_until(
                        'levels.verify_below / worded.last_right_probability', 'worded.change_rate', 'worded.restated_rate'
                    ) }} - worded.silent_years, 0
                ), 100) * 365.25 as integer)) as date)
        end as verify_by
    from worded
    left join levels on worded.attribute = levels.attribute
)

select * from final
