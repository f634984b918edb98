-- One form of an identifier wherever known points, and refusals with known points, are compared. pipelines/normalising
-- makes the same keys of what a refusal says (refusal_keys.sql); tests/normalising holds the two together.

-- Of email_clean: a+news@b is delivered to a@b.
{% macro email_key(email_clean) -%}
    coalesce(nullif(split_part(split_part({{ email_clean }}, '@', 1), '+', 1), ''), split_part({{ email_clean }}, '@', 1))
    || '@' || split_part({{ email_clean }}, '@', 2)
{%- endmacro %}

-- Of email_clean, a list: a+news@b as a@b, and of Gmail, which knows no dots and has two names, the one form
-- (https://support.google.com/mail/answer/7436150).
{% macro email_keys(email_clean) -%}
    {%- set key = email_key(email_clean) -%}
    case
        when regexp_matches({{ key }}, '@g(?:oogle)?mail[.]com$')
            then list_distinct([
                {{ key }}, coalesce(nullif(replace(split_part({{ key }}, '@', 1), '.', ''), ''), '.') || '@gmail.com'
            ])
        when {{ key }} is not null then [{{ key }}]
    end
{%- endmacro %}

-- Of phone_clean, a list: +31612345671 and 612345671, what it is abroad and at home. Zeros in front of the national
-- number are in neither: they are a trunk prefix in most countries and part of the number in Italy.
{% macro phone_keys(phone_clean) -%}
    {%- set calling_code -%}
        1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]
        {#- -#}
        |2[1-689][0-9]|3[578][0-9]|42[0-9]|5[09][0-9]|6[7-9][0-9]|8[035789][0-9]|9[679][0-9]
    {%- endset -%}
    case
        when {{ phone_clean }} is not null
            then [
                regexp_replace({{ phone_clean }}, '^([+](?:{{ calling_code }}))0+', '\1'),
                regexp_replace({{ phone_clean }}, '^[+](?:{{ calling_code }})0*', '')
            ]
    end
{%- endmacro %}

-- Of a customer number or the key of a record, as sent: 000882, 882, 882.0 and full-width digits are one.
{% macro number_key(text) -%}
    {%- set tidy -%}
        trim(lower(translate(
            {{ text }},
            '０１２３４５６７８９' || chr(160) || chr(12288) || chr(173) || chr(8203) || chr(8204) || chr(8205) || chr(65279),
            '0123456789  '
        )), ' ''"=')
    {%- endset -%}
    nullif(regexp_replace(
        case
            when regexp_matches({{ text }}, '^[0-9a-z_-]+$') then {{ text }}
            when regexp_matches({{ tidy }}, '^[0-9]+[.,]0{1,2}$') then regexp_extract({{ tidy }}, '^[0-9]+')
            when
                regexp_matches({{ tidy }}, '^[1-9][.,][0-9]{1,15}e[+]?[0-9]{1,2}$')
                and length(regexp_extract({{ tidy }}, '[.,]([0-9]+)', 1)) <= cast(regexp_extract({{ tidy }}, '[0-9]+$') as integer)
                and cast(regexp_extract({{ tidy }}, '[0-9]+$') as integer) between 7 and 15
                and (
                    not contains({{ tidy }}, '+')
                    or length(regexp_extract({{ tidy }}, '[.,]([0-9]+)', 1)) = cast(regexp_extract({{ tidy }}, '[0-9]+$') as integer)
                )
                then left({{ tidy }}, 1) || rpad(
                    regexp_extract({{ tidy }}, '[.,]([0-9]+)', 1), cast(regexp_extract({{ tidy }}, '[0-9]+$') as integer), '0'
                )
            else {{ tidy }}
        end,
        '^0+([0-9]+)$', '\1'
    ), '')
{%- endmacro %}

-- Of a number_key, the form in which refusals look for it: without separators, and of a record of Salesforce the 15
-- signs that come before its checksum, which says which letters are capitals.
{% macro number_form(number_key) -%}
    {%- set bare = "regexp_replace(regexp_replace(" ~ number_key ~ ", '[^\\pL\\pN]', '', 'g'), '^0+([0-9]+)$', '\\1')" -%}
    case
        when length({{ bare }}) = 18 and regexp_full_match({{ bare }}, '[0-9a-z]{5}0[0-9a-z]{12}') then left({{ bare }}, 15)
        else {{ bare }}
    end
{%- endmacro %}

-- The numbers that a cell of a refusal may mean, in that form: the whole, and each of several.
{% macro refused_numbers(number_key) -%}
    list_filter(
        list_distinct(list_transform(
            list_concat(
                [{{ number_key }}],
                if(
                    regexp_matches({{ number_key }}, '[,;/|+& ]'),
                    list_filter(
                        regexp_split_to_array(
                            regexp_replace({{ number_key }}, '([0-9])[.]0{1,2}([,;/|+& ]|$)', '\1\2', 'g'), '[,;/|+& ]+'
                        ),
                        lambda part: regexp_matches(part, '[0-9]')
                    ),
                    []
                )
            ),
            lambda number: {{ number_form('number') }}
        )),
        lambda number: number <> ''
    )
{%- endmacro %}

-- Of street_clean: Hauptstraße, HAUPTSTRASSE and Hauptstr. are one; letters and digits only. The kind of street is
-- written one way where it ends the name (joined to it, or a word, also before a direction: NW) or, in Romance and
-- Slavic languages, begins it; a single letter is a kind only before a full stop (Storg.). Kinds that no country has
-- side by side share a form. Sources: NEN 5825 (NL), USPS Publication 28, La Poste (NF Z10-011), OpenStreetMap's list.
{% macro street_key(street_clean) -%}
    {%- set joined = {
        'str': 'strasse|straat|straete|str', 'plein': 'platz|plein|plats|plads|plass|pln|pl', 'weg': 'weg|wg',
        'laan': 'laan|ln', 'gata': 'gatan|gata|gate|gasse|gade|gt', 'vagen': 'vagen|veien|vegen', 'gracht': 'gracht|grand',
        'kade': 'kade|kd', 'singel': 'singel|sngl', 'steenweg': 'steenweg|stwg|stw', 'allee': 'allee|alle'
    } -%}
    {%- set words = {
        'str': 'street|st', 'rd': 'road', 'av': 'avenue|ave', 'bd': 'boulevard|blvd|bvd', 'laan': 'lane', 'dr': 'drive|drv',
        'ct': 'court|crt', 'plein': 'place', 'plz': 'plaza', 'sq': 'square', 'cl': 'close', 'cres': 'crescent|cresc|cr',
        'ter': 'terrace|terr|tce', 'gdns': 'gardens', 'gr': 'grove|grv', 'wy': 'way', 'cir': 'circle', 'hwy': 'highway',
        'pkwy': 'parkway|pky', 'pde': 'parade', 'trl': 'trail', 'aly': 'alley', 'mws': 'mews', 'wlk': 'walk'
    } -%}
    {%- set stopped = {'weg': 'w', 'gata': 'g|gd', 'vagen': 'v', 'gracht': 'gr', 'allee': 'all'} -%}
    {%- set first = {
        'rue': 'rua|r', 'av': 'avenue|avenida|avinguda|avda|avd|ave', 'bd': 'boulevard|bulevar|boul|blvd|bvd|bld',
        'pl': 'place|plaza|placa|plac|platz|plein|praca|piazza|plz|p[.]?zza|p[.]?za', 'che': 'chemin|chem', 'rte': 'route|rt',
        'imp': 'impasse', 'all': 'allee', 'chs': 'chaussee|chee', 'sq': 'square', 'crs': 'cours', 'pas': 'passage|psg|pass',
        'fg': 'faubourg|fbg', 'viale': 'v[.]?le', 'vicolo': 'v[.]?lo', 'via': 'v', 'corso': 'c[.]?so', 'calle': 'carrer|cl|c',
        'largo': 'l[.]?go', 'paseo': 'passeig|pso|po', 'ctra': 'carretera|crta', 'cno': 'camino', 'rda': 'ronda',
        'trva': 'travesia', 'str': 'strada|strasse|straat', 'tv': 'travessa|trav', 'ul': 'ulica', 'al': 'aleja|aleje',
        'os': 'osiedle'
    } -%}
    {%- set latin -%}
        strip_accents(translate(replace(replace(lower({{ street_clean }}), 'ß', 'ss'), 'æ', 'ae'), 'øłđ', 'old'))
    {%- endset -%}
    {#- Titles as they are abbreviated: Prins and Pr., Burgemeester and Burg., Doktor and Dr. -#}
    {%- set titles -%}
        \b(?:(pr)ins|(pr)inse(s)|(burg)(?:e|er)?m(?:eeste|eiste)r|(prof)ess(?:or|eur)|(gen)er(?:aal|al)|(kon)ingin|(d)o[ck]t(?:eu|e|o)(r))\b
    {%- endset -%}
    {%- set titled -%}
        regexp_replace({{ latin }}, '{{ titles }}', '\1\2\3\4\5\6\7\8\9', 'g')
    {%- endset -%}
    {%- set tidy -%}
        regexp_replace({{ titled }}, '(^|[ .\x27/-])s(?:ain|in|ank|:)?t(e?)[ .\x27/-]+', '\1st\2 ', 'g')
    {%- endset -%}
    {%- set beginning -%}
        regexp_extract({{ tidy }}, '^({{ first.values() | join('|') }})[ .\x27/-]', 1)
    {%- endset -%}
    {%- set ending -%}
        regexp_extract(
            {{ tidy }},
            '((?:([a-z][a-z])({{ joined.values() | join('|') }})|([ .\x27/-])({{ joined.values() | join('|') }}|{{ words.values() | join('|') }})|([a-z][a-z][a-z])({{ stopped.values() | join('|') }})[.])[.]?((?: [ns]?[ew]?)?))$',
            ['text', 'before_joined', 'joined', 'before_word', 'word', 'before_stopped', 'stopped', 'direction']
        )
    {%- endset -%}
    {#- Neither a case nor a lambda, nor called in one: only outside does DuckDB look for what repeats only once. -#}
    regexp_replace(
        {{ one_word_for([first]) }}[replace({{ beginning }}, '.', '')]
        || substr(left({{ tidy }}, length({{ tidy }}) - length({{ ending }}.text)), 1 + length({{ beginning }}))
        || {{ ending }}.before_joined || {{ ending }}.before_word || {{ ending }}.before_stopped
        || {{ one_word_for([joined, words]) }}[{{ ending }}.joined || {{ ending }}.word]
        || {{ one_word_for([stopped]) }}[{{ ending }}.stopped]
        || {{ ending }}.direction,
        '[^\pL\pN]', '', 'g'
    )
{%- endmacro %}

-- A map of each form to its word, of dictionaries of words with their forms as a pattern.
{% macro one_word_for(dictionaries) -%}
    map {'': ''
    {%- for dictionary in dictionaries -%}
    {%- for word, forms in dictionary.items() -%}
    {%- for form in forms.replace('[.]?', '').split('|') -%}
    , '{{ form }}': '{{ word }}'
    {%- endfor -%}
    {%- endfor -%}
    {%- endfor -%}
    }
{%- endmacro %}

-- A postal address as one text, of clean columns and street_key: what two spellings of it share, '|' between its parts.
{% macro address_key(country, postcode, city, house_number, street) -%}
    lower(strip_accents(concat_ws(
        '|',
        {{ country }},
        coalesce({{ postcode }}, {{ town_key(city) }}),
        {{ house_key(house_number) }},
        case
            when
                coalesce({{ country }} not in {{ telling_postcodes() }}, true)
                or {{ postcode }} is null
                or {{ house_number }} is null
                then {{ street }}
        end
    )))
{%- endmacro %}

-- The same of an address by its town, whatever its postcode; null where it has no street or town.
{% macro address_by_town(country, city, house_number, street) -%}
    case
        when {{ city }} is not null and {{ street }} is not null
            then lower(strip_accents(concat_ws(
                '|', {{ country }}, {{ town_key(city) }}, {{ house_key(house_number) }}, {{ street }}
            )))
    end
{%- endmacro %}

-- Of city_clean: Gießen and Giessen, Sint-Niklaas and Sint Niklaas, Frankfurt/Main and Frankfurt a. M., Den Haag and
-- \'s-Gravenhage are one. Names in other languages of the country, and in English.
{% macro town_key(city) -%}
    {%- set names = {
        'denhaag': 'sgravenhage|thehague|lahaye', 'denbosch': 'shertogenbosch', 'antwerpen': 'antwerp|anvers',
        'brussel': 'brussels|bruxelles', 'gent': 'gand|ghent', 'luik': 'liege', 'leuven': 'louvain', 'mechelen': 'malines',
        'brugge': 'bruges', 'kortrijk': 'courtrai', 'bergen': 'mons', 'namen': 'namur', 'munchen': 'munich', 'koln': 'cologne|koeln',
        'nurnberg': 'nuremberg', 'hannover': 'hanover', 'wien': 'vienna', 'zurich': 'zuerich', 'geneve': 'geneva|genf',
        'luzern': 'lucerne', 'bern': 'berne', 'basel': 'basle|bale', 'goteborg': 'gothenburg', 'kobenhavn': 'copenhagen',
        'roma': 'rome', 'milano': 'milan', 'firenze': 'florence', 'torino': 'turin', 'venezia': 'venice', 'napoli': 'naples',
        'lisboa': 'lisbon', 'sevilla': 'seville', 'praha': 'prague', 'warszawa': 'warsaw', 'krakow': 'cracow', 'lille': 'rijsel',
        'helsinki': 'helsingfors', 'turku': 'abo'
    } -%}
    {%- set river = "' ?(?:[/(].*|(?:am|an der|an de|a[.] ?d[.]|a[.]|bei|b[.]|ob der|o[.] ?d[.]|im|in der|i[.] ?d[.]|sur|upon|on|aan den?|a/d) .*|a[.] ?[a-z][.]?)$'" -%}
    {%- set tidy -%}
        regexp_replace(
            regexp_replace(
                strip_accents(lower(translate(replace({{ city }}, 'ß', 'ss'), 'øØłŁ', 'oOlL'))), {{ river }}, ''
            ),
            '[ .\x27/-]', '', 'g'
        )
    {%- endset -%}
    coalesce({{ one_word_for([names]) }}[{{ tidy }}], nullif({{ tidy }}, ''), {{ city }})
{%- endmacro %}

-- The forms in which a refusal and a contact point may differ of an address key: ü as ue or u, a postcode that lost its
-- zeros, a range of house numbers by each that it may hold: 14-18 by 14, 16 and 18, 14-17 by all four; of more than
-- twenty only the first and the last.
{% macro loose_addresses(key) -%}
    {%- set folded -%}
        regexp_replace(
            regexp_replace({{ key }}, '([aou])e|(a)a', '\1\2', 'g'), '\|0+([0-9]+)\|', '|\1|'
        )
    {%- endset -%}
    {%- set number = "\\|([0-9]{1,6})~([0-9]{1,6})(\\||$)" -%}
    {%- set first = "try_cast(regexp_extract(" ~ key ~ ", '" ~ number ~ "', 1) as integer)" -%}
    {%- set last = "try_cast(regexp_extract(" ~ key ~ ", '" ~ number ~ "', 2) as integer)" -%}
    case
        when {{ last }} > {{ first }}
            then list_concat(
                [{{ folded }}],
                list_transform(
                    range(
                        {{ first }},
                        {{ last }} + 1,
                        case
                            when {{ last }} - {{ first }} > 20 then {{ last }} - {{ first }}
                            when ({{ last }} - {{ first }}) % 2 = 0 then 2
                            else 1
                        end
                    ),
                    lambda door: regexp_replace({{ folded }}, '{{ number }}', concat('|', door, '\3'))
                )
            )
        else [{{ folded }}]
    end
{%- endmacro %}

-- Countries whose postcode is part of one street; as in identity/rules.yml.
{% macro telling_postcodes() -%}
    ('NL', 'GB', 'IE', 'CA', 'PT', 'BR', 'JP', 'SG')
{%- endmacro %}

-- Of house_number_clean: 16 bis and 16-bis are 16BIS, 18 huis is 18HS; 1-2 is not 12, and 18 II is 18-2.
{% macro house_key(house_number) -%}
    {%- set tidy -%}
        regexp_replace(regexp_replace(
            regexp_replace({{ house_number }}, '([0-9])[ /-]+([0-9])', '\1~\2', 'g'), '[^\pL\pN~]', '', 'g'
        ), 'HUIS$', 'HS')
    {%- endset -%}
    {%- set roman = "regexp_extract(" ~ tidy ~ ", '^[0-9]+(I{1,3}|IV|VI{0,3}|IX)$', 1)" -%}
    left({{ tidy }}, length({{ tidy }}) - length({{ roman }})) || map {
        '': '', 'I': '~1', 'II': '~2', 'III': '~3', 'IV': '~4', 'V': '~5', 'VI': '~6', 'VII': '~7', 'VIII': '~8', 'IX': '~9'
    }[{{ roman }}]
{%- endmacro %}
