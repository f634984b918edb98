-- What decided about a value of the golden record, in words: between it and the one that came next.
{% macro golden_reason(rule) -%}
    case {{ rule }}
        when 'only' then 'No source says otherwise.'
        when 'completeness' then 'It is fuller than the next likeliest.'
        when 'home' then 'It is the person''s own; the next likeliest was only given together with an employer.'
        when 'doubt' then 'It was only given together with an employer, but the person''s own is hardly right.'
        when 'replaced' then 'Every record that said the next likeliest says otherwise since.'
        when 'bounce' then 'Mail to the next likeliest came back.'
        when 'use' then 'It is proved by use: mail answered or an order delivered.'
        when 'spelling' then 'Others bear this spelling; hardly anybody bears the next likeliest.'
        when 'stability' then 'It was said before the next likeliest, and what was said since is too little to tell a change.'
        when 'agreement' then 'More sources that do not copy each other say so than say the next likeliest.'
        when 'trust' then 'The sources that say so are trusted more than those of the next likeliest.'
        when 'recency'
            then 'It is newer than the next likeliest, counted from when its source learnt it, and it may have changed in between.'
        when 'tie' then 'The next is as likely; this one was stated last.'
    end
{%- endmacro %}

-- The same, said of a value that lost.
{% macro losing_reason(rule) -%}
    case {{ rule }}
        when 'completeness' then 'The golden value is fuller.'
        when 'home' then 'It was only given together with an employer; the golden value is the person''s own.'
        when 'doubt' then 'It is hardly right any more; the golden value was only given together with an employer.'
        when 'replaced' then 'Every record that said so says otherwise since.'
        when 'bounce' then 'Mail to it came back.'
        when 'use' then 'The golden value is proved by use: mail answered or an order delivered.'
        when 'spelling' then 'Hardly anybody bears this spelling; others bear the golden one.'
        when 'stability' then 'It is newer than the golden value, but too little to tell a change.'
        when 'agreement' then 'More sources that do not copy each other say the golden value.'
        when 'trust' then 'The sources of the golden value are trusted more.'
        when 'recency' then 'The golden value is newer, counted from when its source learnt it, and it may have changed in between.'
        when 'tie' then 'It is as likely as the golden value, which was stated last.'
    end
{%- endmacro %}
