-- Whatever stands in the golden record stands in person_values, once, with profile, date, rule and reason.
with

people as (
    select * from {{ ref('dim_person_identified') }}
),

golden_values as (
    select * from {{ ref('dim_person_values') }}
    where is_golden
),

{% set shown = {
    'name': 'coalesce(given_name, family_name)', 'birth_date': 'birth_date', 'gender': 'gender', 'email': 'email',
    'phone': 'phone', 'address': 'coalesce(street, postcode, city, country)', 'work': 'company_name',
    'customer_number': 'customer_number', 'language': 'language', 'occupation': 'occupation',
    'income_band': 'income_band', 'household_size': 'declared_household_size', 'marital_status': 'marital_status',
    'interests': 'interests',
} %}
shown as (
    {% for attribute, value in shown.items() %}
    select
        person_id,
        '{{ attribute }}' as attribute
    from people
    where {{ value }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

reasons as (
    select
        person_id,
        attribute,
        count(*) as reason_count
    from golden_values
    where reason is not null and rule is not null and profile_id is not null and last_stated_date is not null
    group by person_id, attribute
)

select
    shown.person_id,
    shown.attribute
from shown
left join reasons on shown.person_id = reasons.person_id and shown.attribute = reasons.attribute
where coalesce(reasons.reason_count, 0) <> 1
