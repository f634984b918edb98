-- A name as it is compared: the first word of the given name, the family name without marks, spaces and accents. Jan en
-- Ria are two, so the name of neither.
{% macro given_key(given_name) -%}
    case
        when not regexp_matches(lower({{ given_name }}), '[&+/]| (en|and|und|et|och|og|e|y|o) ')
            then nullif(regexp_replace(
                strip_accents(lower(regexp_extract(trim({{ given_name }}), '^[^ .\-]+'))), '[^\pL\pN]', '', 'g'
            ), '')
    end
{%- endmacro %}

-- Van den Berghe, Vandenberghe and Berghe are written for each other; prefixes as in pipelines/normalising/folding.sql,
-- and a test compares the two.
{% macro family_key(family_name) -%}
    nullif(regexp_replace(
        strip_accents(replace(replace(
            regexp_replace(
                regexp_replace(
                    trim(lower({{ family_name }})),
                    '^((van|von|de|den|der|het|\x27t|te|ten|ter|op|in|uit|af|du|des|del|della|di|da|dos|la|le|el|al|vande|vanden|vander|zu|zum|zur) +)+',
                    ''
                ),
                '^(vanden|vander|vande)([^ ]{3,})$',
                '\2'
            ),
            'ß', 'ss'
        ), 'ø', 'o')),
        '[^\pL\pN]', '', 'g'
    ), '')
{%- endmacro %}

-- Two full names that one person may bear: Jan and J. Bos, never Jan and Janneke Bos; null where a part is missing.
{% macro compatible_names(given, family, other_given, other_family) -%}
    (
        {{ family }} = {{ other_family }}
        and (
            {{ given }} = {{ other_given }}
            or (length({{ given }}) = 1 and starts_with({{ other_given }}, {{ given }}))
            or (length({{ other_given }}) = 1 and starts_with({{ given }}, {{ other_given }}))
        )
    )
{%- endmacro %}

-- Customer numbers behind their space, or record ids behind their feed, that are a text in place of one or that too many
-- people bear, as identity found them (placeholders and limits of pipelines/identity/rules.yml).
{% macro numbers_of_nobody(field) -%}
    (
        {%- set number = "value" if field == 'record' else "regexp_replace(value, '^[^:]*:', '')" %}
        select {{ number_key(number) }}
        from {{ source('customers_identity', 'bad_values') }}
        where field = '{{ field }}' and {{ number_key(number) }} is not null
    )
{%- endmacro %}

-- The last moment of a day in a zone, in UTC.
{% macro end_of_day(day, zone) -%}
    timezone('UTC', timezone({{ zone }}, cast({{ day }} as timestamp) + interval 1 day)) - interval 1 microsecond
{%- endmacro %}

-- The moment from which a day without a time counts in a zone, in UTC.
{% macro start_of_day(day, zone) -%}
    timezone('UTC', timezone({{ zone }}, cast({{ day }} as timestamp)))
{%- endmacro %}
