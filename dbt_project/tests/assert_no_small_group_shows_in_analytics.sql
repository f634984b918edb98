-- Nobody is singled out in analytics.duckdb by a postcode area, a year of birth or an age beside it that few people of
-- the country share, nor a household by an area of few.
{% set tables = [
    (ref('dim_person'), 'postcode_area', 'person_id'), (ref('customer_360'), 'postcode_area', 'person_id'),
    (ref('dim_person'), 'birth_year', 'person_id'), (ref('customer_360'), 'birth_year', 'person_id'),
    (ref('dim_person'), 'age', 'person_id'), (ref('customer_360'), 'age', 'person_id'),
    (ref('dim_person'), "concat_ws('/', birth_year, age)", 'person_id'),
    (source('identity', 'person_household'), 'postcode_area', 'person_id'),
    (source('identity', 'person_household'), 'postcode_area', 'household_id'),
] %}

{% for table, value, counted in tables %}
select
    '{{ table.identifier }}: {{ counted }} by {{ value | replace("'", "") }}' as place,
    country,
    cast({{ value }} as varchar) as value
from {{ table }}
where nullif(cast({{ value }} as varchar), '') is not null
group by country, {{ value }}
having count(distinct {{ counted }}) < {{ var('small_group_size') }}
{{ 'union all' if not loop.last }}
{% endfor %}
