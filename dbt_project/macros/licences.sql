-- What of the day counts for a licence; pipelines/dbt/build_state.py knows these by name, so that a model that asks for
-- nothing else of the day is built again only when a licence begins or ends. Empty where there is no licence.
{% macro licence_is_in_force(feeds) -%}
    ({{ as_of() }} between {{ feeds }}.licence_valid_from and {{ feeds }}.licence_valid_until)
{%- endmacro %}

{% macro licence_has_ended(feeds) -%}
    ({{ feeds }}.licence_valid_until < {{ as_of() }})
{%- endmacro %}

-- What a withdrawn feed says is no longer used; what it forbids still counts.
{% macro is_withdrawn(feed) -%}
    ({{ feed }} in ('{{ var("survivorship").withdrawn_feeds | join("', '") }}'))
{%- endmacro %}
