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

-- Whether a refusal is about a purpose: one that it names, every one but of service, or whatever there is.
{% macro covers(refusal, purpose) -%}
    case {{ refusal }}.covers
        when 'purpose' then list_contains({{ refusal }}.purposes, {{ purpose }})
        when 'marketing' then {{ is_marketing(purpose) }}
        else true
    end
{%- endmacro %}

-- Whether a word is written as it may stand for a grant: `[ ] opt-in`, `-subscribed` and what is struck through may mean
-- no. The same as is_plain_word in pipelines/contracts/words.py.
{% macro is_plain_word(sql) -%}
    {%- set around = "[\\s\\x27\"`\\x{a0}\\x{ad}\\x{200b}-\\x{200f}\\x{2018}-\\x{201f}\\x{2060}\\x{3000}\\x{feff}]*" -%}
    regexp_full_match(
        nfc_normalize({{ sql }}),
        '{{ around }}[\pL\pN](?:[^\x{300}-\x{36f}\x{20d0}-\x{20ff}]*[\pL\pN])?[.!)]*{{ around }}',
        's'
    )
{%- endmacro %}

-- The words of a text that may name several purposes: newsletter and offers of `newsletter, offers`.
{% macro words_of_purpose(sql) -%}
    list_filter(
        list_transform(
            regexp_split_to_array({{ sql }}, '[,;|/+&\n]+| (?i:and|en|und|et|och|og|y|e) '),
            lambda part: {{ normal_word('part') }}
        ),
        lambda word: word is not null
    )
{%- endmacro %}

-- The words that mean every purpose in a refusal, as they mean every channel; in a grant they permit nothing.
{% macro purposes_that_mean_all() -%}
    (select word from {{ ref('channel_words') }} where channel = 'all')
{%- endmacro %}

-- A word in one spelling, as the words of seeds/permission stand: small letters and digits without accents, and
-- nothing between or around them, so that `Hard Bounce`, `hard-bounce` and `HardBounce` are hardbounce. What is of
-- punctuation alone, such as `*`, stays as it is; of white space nothing is left. The same as normal_word_sql in
-- pipelines/contracts/words.py.
{% macro normal_word(sql) -%}
    {%- set small = "lower(strip_accents(" ~ sql ~ "))" -%}
    case
        -- Nearly every word is in that spelling already: 0.13 s a million in place of 2.1.
        when regexp_full_match({{ sql }}, '[a-z0-9]+') then {{ sql }}
        else coalesce(
            nullif(
                rtrim(
                    regexp_replace(
                        if(
                            regexp_matches({{ small }}, '[０-９ａ-ｚ]'),
                            translate(
                                {{ small }},
                                '０１２３４５６７８９ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ',
                                '0123456789abcdefghijklmnopqrstuvwxyz'
                            ),
                            {{ small }}
                        ),
                        '[\p{Zs}\p{Zl}\p{Zp}\p{Cc}\p{Cf}\p{Pd}\p{Pc}\p{Ps}\p{Pe}\p{Pi}\p{Pf}.,;:/''"\\`´．，；：／。、]',
                        '',
                        'g'
                    ),
                    '!'
                ),
                ''
            ),
            nullif(regexp_replace({{ sql }}, '[\p{Zs}\p{Zl}\p{Zp}\p{Cc}\p{Cf}]', '', 'g'), '')
        )
    end
{%- endmacro %}
