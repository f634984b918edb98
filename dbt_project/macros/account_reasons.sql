-- What decided about a value of a company, in words: of the golden one, and of one that lost.
{% macro account_reason(rule, is_golden) -%}
    case {{ rule }}
        when 'only' then 'No source says otherwise.'
        when 'completeness' then if({{ is_golden }}, 'It is the fullest.', 'The golden value is fuller.')
        when 'register' then if(
            {{ is_golden }}, 'A company register says so; the other was written by people.',
            'A company register says the golden value.'
        )
        when 'recency' then if({{ is_golden }}, 'It was stated last.', 'The golden value was stated later.')
    end
{%- endmacro %}
