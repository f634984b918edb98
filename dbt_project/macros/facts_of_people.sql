-- A fact model: the staged rows of a kind, each with the person (and company) of the profile it was sent with.
-- The profile stays with the fact for ever; who that is may differ from one run to the next.
{% macro facts_of_people(kind, columns, with_account=false) -%}
with

facts as (
    select * from {{ ref('stg_' ~ kind) }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
),

{% if with_account %}
profile_account as (
    select * from {{ source('identity', 'profile_account') }}
),

{% endif %}
final as (
    select
        facts.feed,
        facts.record_key,
        facts.profile_id,
        profile_person.person_id,
        {% if with_account %}
        profile_account.account_id,
        {% endif %}
        facts.event_at,
        {% for column in columns %}
        facts.{{ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from facts
    left join profile_person on facts.profile_id = profile_person.profile_id
    {% if with_account %}
    left join profile_account on facts.profile_id = profile_account.profile_id
    {% endif %}
)

select * from final
{%- endmacro %}
