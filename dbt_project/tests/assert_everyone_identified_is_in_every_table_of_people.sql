-- One row per person in both databases: the same people in dimension, mart and their twins.
{% set tables = ['dim_person', 'dim_person_identified', 'customer_360', 'customer_360_identified'] %}

with people as (
    select distinct person_id
    from {{ source('identity', 'profile_person') }}
)

{% for table in tables %}
select
    '{{ table }}' as relation,
    coalesce(people.person_id, present.person_id) as person_id
from people
full outer join {{ ref(table) }} as present on people.person_id = present.person_id
where people.person_id is null or present.person_id is null
{{ 'union all' if not loop.last }}
{% endfor %}
