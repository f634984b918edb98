-- Small words of the golden record; what they weigh is declared in dbt_project.yml (survivorship).

-- Letters and digits only, without case and accents: spellings of one value are one value.
{% macro folded(text) -%}
    nullif(replace(replace(replace(replace(lower(strip_accents({{ text }})), ' ', ''), '-', ''), '.', ''), '''', ''), '')
{%- endmacro %}

-- An initial, or several: no given name of its own.
{% macro is_initials(given_name) -%}
    ((length({{ given_name }}) = 1 or contains({{ given_name }}, '.')) and regexp_matches(
        {{ given_name }}, '^[A-Za-zÀ-ɏ]$|^([A-Za-zÀ-ɏ]\.[ -]?)+[A-Za-zÀ-ɏ]?$'
    ))
{%- endmacro %}

-- Of the statements of a value, the largest shows it: the most complete, then the one that was stated last (to the nearest
-- hour), then that of the last profile to arrive.
{% macro showing(parts, stated_at, profile_id) -%}
    {
        'parts': {{ parts }},
        'stated_hour': cast(epoch({{ stated_at }}) / 3600 as bigint),
        'profile_id': {{ profile_id }}
    }
{%- endmacro %}

-- A country alone says nothing against an address.
{% macro is_telling(attribute, parts) -%}
    ({{ attribute }} <> 'address' or {{ parts }} > 1)
{%- endmacro %}

-- Points of an error rate: ten times the logarithm of its odds.
{% macro points_of(error_rate) -%}
    cast(round(-10 * log10({{ error_rate }} / (1 - {{ error_rate }}))) as integer)
{%- endmacro %}

-- The probability that a value still holds so many years after it was last stated: it changes at one rate, and while it
-- holds it is stated at the other, so silence speaks against it (Schmittlein, Morrison and Colombo 1987). Where it is
-- said not to, that rate is 0, and this is exp(-change_rate * years).
{% macro still_holds(change_rate, restated_rate, years) -%}
    (1 / (
        1 + coalesce({{ change_rate }} / nullif({{ change_rate }} + {{ restated_rate }}, 0), 0)
        * (exp(least(({{ change_rate }} + {{ restated_rate }}) * {{ years }}, 700)) - 1)
    ))
{%- endmacro %}

-- After how many years that probability is no more than the one given; never, where it does not change.
{% macro years_until(probability, change_rate, restated_rate) -%}
    case
        when {{ probability }} >= 1 then 0
        when {{ change_rate }} > 0
            then ln(1 + (1 / ({{ probability }}) - 1) * ({{ change_rate }} + {{ restated_rate }}) / {{ change_rate }})
                / ({{ change_rate }} + {{ restated_rate }})
        else 'infinity'::double
    end
{%- endmacro %}
