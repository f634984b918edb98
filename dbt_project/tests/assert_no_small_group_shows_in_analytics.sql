-- Nobody is told apart in analytics.duckdb by a postcode area or a year of birth that few people of the country share.
{% set tables = [
    (ref('dim_person'), 'postcode_area'), (ref('customer_360'), 'postcode_area'),
    (ref('dim_person'), 'birth_year'), (ref('customer_360'), 'birth_year'),
    (source('identity', 'person_household'), 'postcode_area'),
] %}

{% for table, column in tables %}
select
    '{{ table.identifier }}.{{ column }}' as place,
    country,
    cast({{ column }} as varchar) as value
from {{ table }}
where {{ column }} is not null
group by country, {{ column }}
having count(distinct person_id) < {{ var('small_group_size') }}
{{ 'union all' if not loop.last }}
{% endfor %}
