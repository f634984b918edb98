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

-- Which profile shows a value: the most complete, then the one that said so last, then the last to arrive. One number,
-- since a maximum of numbers costs a fraction of one of rows; the profile is its last 40 bits.
{% macro showing(completeness, stated_at, profile_id) -%}
    ({{ completeness }}) * 1152921504606846976
    + greatest(epoch({{ stated_at }}) // 3600, 0)::bigint * 1099511627776
    + {{ profile_id }}
{%- endmacro %}

-- When it was first stated, and then what `showing` says: one number again.
{% macro stating(first_stated_at, shown) -%}
    cast(epoch_us({{ first_stated_at }}) as hugeint) * 18446744073709551616 + {{ shown }}
{%- endmacro %}

{% macro profile_shown(number) -%}
    {{ number }} & 1099511627775
{%- endmacro %}

{% macro parts_shown(number) -%}
    cast({{ number }} // 1152921504606846976 as integer)
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
