-- The attributes that a person takes from one profile together, with the profile they came from.

{% macro name_group() -%}
    {'given_name': given_name_clean, 'family_name': family_name_clean, 'profile_id': profile_id}
{%- endmacro %}

-- An address is never put together from two profiles.
{% macro address_group() -%}
    {
        'street': street_clean,
        'house_number': house_number_clean,
        'postcode': postcode_clean,
        'postcode_area': postcode_area,
        'city': city_clean,
        'country': country_clean,
        'profile_id': profile_id
    }
{%- endmacro %}

{% macro work_group() -%}
    {'company_name': company_name_clean, 'job_title': nullif(trim(job_title), ''), 'profile_id': profile_id}
{%- endmacro %}
