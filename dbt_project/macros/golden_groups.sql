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
