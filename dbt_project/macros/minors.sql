-- Who is under age on as_of, by the table ages_of_consent joined on the country; false where no birth date is known.
-- Where the country is not known or not listed, the UN Convention on the Rights of the Child, art. 1, says 18.
{% macro is_minor(birth_date, age_of_majority) -%}
    coalesce({{ birth_date }} + to_years(coalesce({{ age_of_majority }}, 18)) > {{ as_of() }}, false)
{%- endmacro %}

-- Who may not consent to an online service without a parent; GDPR, art. 8(1), says 16 where no law lowers it.
{% macro is_below_digital_consent(birth_date, age_of_digital_consent) -%}
    coalesce({{ birth_date }} + to_years(coalesce({{ age_of_digital_consent }}, 16)) > {{ as_of() }}, false)
{%- endmacro %}
