{% macro email_key(email) -%}
    regexp_replace({{ email }}, '\+[^@]*@', '@')
{%- endmacro %}
{% macro phone_keys(phone) -%}
    [ltrim({{ phone }}, '+'), ltrim({{ phone }}[4:], '0')]
{%- endmacro %}
{% macro street_key(street) -%}
    regexp_replace(replace(replace(lower({{ street }}), 'ß', 'ss'), 'str.', 'strasse'), '[^\pL\pN]', '', 'g')
{%- endmacro %}
{% macro number_key(sql) -%}
    nullif(ltrim(regexp_replace(lower(trim({{ sql }})), '\.0+$', ''), '0'), '')
{%- endmacro %}
