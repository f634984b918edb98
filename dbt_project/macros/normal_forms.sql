-- Stand-in for the file of that name until it is merged.
{% macro email_key(email_clean) -%}
    regexp_replace({{ email_clean }}, '\+[^@]*@', '@')
{%- endmacro %}

{% macro phone_keys(phone_clean) -%}
    case
        when {{ phone_clean }} is not null
            then [ltrim({{ phone_clean }}, '+'), regexp_replace({{ phone_clean }}, '^\+(31|32|33|44|46|49)', '')]
    end
{%- endmacro %}

{% macro street_key(street_clean) -%}
    regexp_replace(replace(lower({{ street_clean }}), 'ß', 'ss'), '[^\pL\pN]', '', 'g')
{%- endmacro %}

{% macro number_key(text) -%}
    nullif(ltrim(lower(trim({{ text }})), '0'), '')
{%- endmacro %}
