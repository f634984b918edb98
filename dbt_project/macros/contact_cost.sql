-- What a contact of the sales team cost, in the base currency, by its type; types without a declared cost cost nothing.
{% macro contact_cost(column) -%}
    case {{ column }}
        {% for type in var('contact_costs') if type != 'newsletter' -%}
        when '{{ type }}' then {{ var('contact_costs')[type] }}
        {% endfor -%}
        else 0
    end
{%- endmacro %}
