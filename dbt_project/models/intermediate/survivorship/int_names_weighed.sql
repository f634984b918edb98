-- The parts of a name are weighed apart and taken together: of the ways in which profiles write both, the likeliest.
{% set points = ['support_points', 'contradicting_points', 'change_points', 'use_points', 'borne_points', 'score'] %}

with

profiles as (
    select * from {{ ref('int_profiles_speaking') }}
    where name_parts > 0
),

given_names as (
    select * from {{ ref('int_values_weighed') }}
    where attribute = 'given_name'
),

family_names as (
    select * from {{ ref('int_values_weighed') }}
    where attribute = 'family_name'
),

written as (
    select
        person_id,
        given_name_key,
        family_name_key,
        max(name_parts) as name_parts,
        min(first_stated_at) as first_stated_at,
        max(last_stated_at) as last_stated_at,
        count(distinct source_key) as source_count,
        count(*) as profile_count,
        max_by(profile_id, {{ showing('name_parts', 'last_stated_at', 'profile_id') }}) as profile_id
    from profiles
    group by person_id, given_name_key, family_name_key
),

final as (
    select
        written.person_id,
        'name' as attribute,
        count(*) over (partition by written.person_id) > 1 as is_contested,
        false as is_at_work,
        false as is_dead,
        -- An initial makes a name fuller, but not full.
        2 * case when written.given_name_key is null then 0 else 1 end
        + 2 * case when written.family_name_key is null then 0 else 1 end
        + written.name_parts as parts,
        written.profile_id,
        written.first_stated_at,
        written.last_stated_at,
        cast(null as timestamp) as answered_at,
        written.source_count,
        written.profile_count,
        {% for column in points %}
        coalesce(given_names.{{ column }}, 0) + coalesce(family_names.{{ column }}, 0) as {{ column }},
        {% endfor %}
        coalesce(given_names.stated_right_probability, 1) * coalesce(family_names.stated_right_probability, 1)
            as stated_right_probability,
        coalesce(family_names.change_rate, 0) as change_rate,
        coalesce(family_names.ages_from_date, given_names.ages_from_date) as ages_from_date
    from written
    left join given_names
        on written.person_id = given_names.person_id and written.given_name_key = given_names.value_key
    left join family_names
        on written.person_id = family_names.person_id and written.family_name_key = family_names.value_key
)

select * from final
