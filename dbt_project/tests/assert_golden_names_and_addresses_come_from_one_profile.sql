-- An address put together from two profiles is a place where nobody lives; likewise a name or a job elsewhere.
with

people as (
    select * from {{ ref('dim_person_identified') }}
),

profiles_seen as (
    select * from {{ ref('int_profiles_seen') }}
),

profile_person as (
    select * from {{ source('identity', 'profile_person') }}
)

{% set groups = {
    'address': ['street', 'house_number', 'postcode', 'city', 'country'],
    'name': ['given_name', 'family_name'],
    'work': ['company_name'],
    'email': ['email'],
    'phone': ['phone'],
    'birth': ['birth_date'],
} %}
{% for group, columns in groups.items() %}
select
    people.person_id,
    people.{{ group }}_profile_id as profile_id
from people
left join profiles_seen on people.{{ group }}_profile_id = profiles_seen.profile_id
left join profile_person on people.{{ group }}_profile_id = profile_person.profile_id
where
    people.person_id is distinct from coalesce(profile_person.person_id, people.person_id)
    {% for column in columns %}
    or people.{{ column }} is distinct from profiles_seen.{{ column }}_clean
    {% endfor %}
{{ 'union all' if not loop.last }}
{% endfor %}
