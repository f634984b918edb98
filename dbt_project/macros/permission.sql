-- Whether a channel can use a contact point of that type; an ad platform is given hashes of either.
{% macro reaches(channel, contact_point_type) -%}
    case {{ contact_point_type }}
        when 'email' then {{ channel }} in ('email', 'ads')
        when 'phone' then {{ channel }} in ('sms', 'phone', 'ads')
        else {{ channel }} = 'post'
    end
{%- endmacro %}

-- A purpose that the law's rules on marketing are about: any that is no service.
{% macro is_marketing(purpose) -%}
    ({{ purpose }} not in ('{{ var("service_purposes") | join("', '") }}'))
{%- endmacro %}
