-- Whatever stands in the golden record stands in person_values, once, with profile, date, rule and reason.
with

records as (
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
final as (
    {{ shown_without_one_reason('person_id', shown) }}
)

select * from final
