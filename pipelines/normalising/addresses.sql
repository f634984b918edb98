-- Splits addresses that are in fewer cells than they have parts: a plain postcode, town or street goes to its own cell.
-- Patterns are written out by macros of constants, so that each is compiled once.
create or replace temp macro clean_letter() as '[A-Za-z\x{80}-\x{10FFFF}]';
create or replace temp macro clean_town() as '[A-Za-z\x{80}-\x{10FFFF}''][^,;\d]*';
create or replace temp macro clean_dutch_postcode() as '(?:NL ?-? ?)?[1-9]\d{3} ?[A-Za-z]{2}';
create or replace temp macro clean_first_postcode() as
    '(?:[A-Za-z]{1,3} ?- ?|[A-Z]{1,2} )?(?:\d{3} \d{2}|\d{2}-\d{3}|\d{4}-\d{3}|\d{3}-\d{4}|\d{4,6})';
create or replace temp macro clean_last_postcode() as
    '(?i:[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}|[a-z]\d[a-z\d] ?[a-z\d]{4}|[a-z]\d[a-z] ?\d[a-z]\d|\d{4} ?[a-z]{2}|\d{5}(?:-\d{4})?)';

-- Without a country 8660 De Panne looks like a Dutch postcode, but is Belgian.
create or replace temp macro clean_has_dutch_postcode(text, country) as
    regexp_matches(text, '\b[1-9]\d{3} ?[A-Za-z]{2}[ ,]')
    and (country = 'NL' or (country is null and not regexp_matches(text, '\d{4} (?:[Dd][Ee]|[Ll][Aa]|[Ll][Ee]|[Ss]t) ')));

-- 3205 AB Utrecht, D-10115 Berlin, 75015 Paris Cedex 15; London SW1A 1AA, Springfield, IL 62701.
create or replace temp macro clean_postcode_before_town(text, postcode_pattern) as
    regexp_extract(
        text, '^(' || postcode_pattern || ')[ ,]+(' || clean_town() || '[^,;]*)', ['postcode', 'town']
    );
create or replace temp macro clean_town_before_postcode(text) as
    regexp_extract(
        text,
        '^(' || clean_town() || '?)[ ,]+(?:[A-Z]{2}[ ,]+)?(' || clean_last_postcode() || '|\d{4,6})(?:,.*)?$',
        ['town', 'postcode']
    );

-- The street of Dorpsstraat 18, 3205 AB Utrecht; 12, rue de la Paix, 75001 Paris; 10 Downing Street, London SW1A 2AA.
create or replace temp macro clean_street_before(text, rest_pattern) as
    regexp_extract(
        text,
        '^(.*?(?:' || clean_letter() || '.*?[\d,]|\d.*?' || clean_letter() || ').*?)' || rest_pattern || '(?:,.*)?$',
        1
    );
create or replace temp macro clean_street_before_postcode(text, country) as
    case
        when clean_has_dutch_postcode(text, country)
            then clean_street_before(text, '[ ,;]+' || clean_dutch_postcode() || '[ ,]+' || clean_town())
        else coalesce(
            nullif(
                clean_street_before(
                    text, '[,;] *' || clean_town() || '[ ,]+(?:[A-Z]{2}[ ,]+)?' || clean_last_postcode()
                ),
                ''
            ),
            clean_street_before(text, '[ ,;]+' || clean_first_postcode() || '[ ,]+' || clean_town())
        )
    end;

-- A postcode and its town, in either order.
create or replace temp macro clean_area(text, country) as
    case
        when regexp_full_match(text, clean_dutch_postcode()) then {'postcode': '', 'town': ''}
        when clean_has_dutch_postcode(text, country) then clean_postcode_before_town(text, clean_dutch_postcode())
        when clean_postcode_before_town(text, clean_first_postcode()).town <> ''
            then clean_postcode_before_town(text, clean_first_postcode())
        else {
            'postcode': clean_town_before_postcode(text).postcode,
            'town': clean_town_before_postcode(text).town
        }
    end;

-- normalising_tidy with each part of an address in its own cell; table.py fills in is_crammed. A cell with street and town alone
-- is split only if the street has a number: Dorp 18, Gent.
create or replace temp table normalising_spread as
with streets as (
    select
        *,
        case
            when tidy_postcode is null or tidy_city is null
                then nullif(clean_street_before_postcode(tidy_street, country_clean), '')
        end as own_street,
        case
            when tidy_postcode is null and tidy_city is null
                then nullif(clean_street_before(tidy_street, '[,;] *' || clean_town()), '')
        end as lone_street,
        nullif(clean_street_before_postcode(tidy_postcode, country_clean), '') as postcode_street,
        nullif(clean_street_before_postcode(tidy_city, country_clean), '') as city_street
    from normalising_tidy
    where {is_crammed}
),

areas as (
    select
        *,
        case
            when own_street is not null
                then clean_area(ltrim(substr(tidy_street, length(own_street) + 1), ' ,;'), country_clean)
        end as own_area,
        case
            when own_street is null and regexp_matches(lone_street, '\d')
                then regexp_extract(substr(tidy_street, length(lone_street) + 1), clean_town())
        end as lone_town,
        clean_area(ltrim(substr(tidy_postcode, coalesce(length(postcode_street), 0) + 1), ' ,;'), country_clean) as postcode_area,
        clean_area(ltrim(substr(tidy_city, coalesce(length(city_street), 0) + 1), ' ,;'), country_clean) as city_area
    from streets
)

select
    * exclude (own_street, lone_street, postcode_street, city_street, own_area, lone_town, postcode_area, city_area)
    replace (
        coalesce(own_street, if(lone_town <> '', lone_street, null), tidy_street, city_street, postcode_street) as tidy_street,
        coalesce(nullif(postcode_area.postcode, ''), tidy_postcode, nullif(own_area.postcode, ''), nullif(city_area.postcode, '')) as tidy_postcode,
        coalesce(
            nullif(city_area.town, ''), tidy_city, nullif(own_area.town, ''), nullif(lone_town, ''), nullif(postcode_area.town, '')
        ) as tidy_city
    )
from areas;

create or replace temp table normalising_tidy as
from normalising_tidy where ({is_crammed}) is not true
union all by name
from normalising_spread;
drop table normalising_spread;
