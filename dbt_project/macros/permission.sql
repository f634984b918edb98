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

-- Whether a refusal is about a purpose: the one it names, every one but of service, or whatever there is.
{% macro covers(refusal, purpose) -%}
    case {{ refusal }}.covers
        when 'purpose' then {{ refusal }}.purpose = {{ purpose }}
        when 'marketing' then {{ is_marketing(purpose) }}
        else true
    end
{%- endmacro %}

-- The words that mean every purpose in a refusal, as they mean every channel; in a grant they permit nothing.
{% macro purposes_that_mean_all() -%}
    (select word from {{ ref('channel_words') }} where channel = 'all')
{%- endmacro %}
