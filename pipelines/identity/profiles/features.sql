-- One row per profile of a kind that makes people: what rules compare, names folded to ASCII letters.

create or replace temp macro identity_fold(text) as
    nullif(regexp_replace(
        strip_accents(replace(replace(replace(replace(replace(replace(replace(
            lower(text), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'ø', 'o'), 'ł', 'l'), 'đ', 'd'), 'þ', 'th')),
        '[^a-z0-9\x{C0}-\x{1FFF}\x{2C00}-\x{10FFFF}]', '', 'g'
    ), '');

create or replace temp macro identity_generation(text) as
    case regexp_extract(lower(text), '[ ,](jr|jnr|junior|sr|snr|senior|ii|iii|iv)\.?$', 1)
        when 'jr' then 'jr' when 'jnr' then 'jr' when 'junior' then 'jr'
        when 'sr' then 'sr' when 'snr' then 'sr' when 'senior' then 'sr'
        when 'ii' then 'ii' when 'iii' then 'iii' when 'iv' then 'iv'
    end;

create or replace temp macro identity_without_generation(text) as
    regexp_replace(lower(text), '[ ,]+(jr|jnr|junior|sr|snr|senior|ii|iii|iv)\.?$', '');

-- Van den Berghe, Vandenberghe and Berghe are written for each other.
create or replace temp macro identity_without_prefix(text) as
    regexp_replace(
        regexp_replace(
            trim(text),
            '^((van|von|de|den|der|het|''t|te|ten|ter|op|in|uit|af|du|des|del|della|di|da|dos|la|le|el|al|vande|vanden|vander|zu|zum|zur) +)+',
            ''
        ),
        '^(vanden|vander|vande)([^ ]{3,})$',
        '\2'
    );

-- Iborra Guillen is Iborra and Guillen; Mc Donald is McDonald.
create or replace temp macro identity_words(text) as
    case
        when len(list_filter(string_split(trim(text), ' '), lambda word: len(identity_fold(word)) < 3)) > 0 then [text]
        else string_split(trim(text), ' ')
    end;

-- Jansen-de Boer is Jansen and Boer; sorted, so that both orders are one.
create or replace temp macro identity_family_names(text) as
    list_sort(list_distinct(list_filter(
        list_transform(
            flatten(list_transform(
                string_split(identity_without_generation(text), '-'),
                lambda part: identity_words(identity_without_prefix(part))
            )),
            lambda part: identity_fold(part)
        ),
        lambda part: part is not null
    )));

-- Soundex, uncut: the first letter, then the groups of consonants that are mistaken for each other.
create or replace temp macro identity_soundex(text) as
    left(text, 1) || replace(replace(replace(replace(replace(replace(
        translate(substr(text, 2), 'bfpvcgjkqsxzdtlmnraeiouyhw', '111122222222334556'),
        '11', '1'), '22', '2'), '33', '3'), '44', '4'), '55', '5'), '66', '6');

-- Two spellings, or a longer form, of one given name. Of short names one letter makes another name.
create or replace temp macro identity_alike(a, b) as
    starts_with(a, b) or starts_with(b, a)
    or (least(len(a), len(b)) >= 4 and (damerau_levenshtein(a, b) <= 1 or jaro_winkler_similarity(a, b) >= 0.93));

create or replace temp table identity_features as
with profiles as (
    select
        profiles.*,
        coalesce(given_pinyin.latin, profiles.given_name_clean) as given_written,
        coalesce(family_pinyin.latin, profiles.family_name_clean) as family_written,
        -- A single letter or letters with dots; a single Chinese character is a full name.
        regexp_matches(profiles.given_name_clean, '^[A-Za-zÀ-ɏ]$|^([A-Za-zÀ-ɏ]\.[ -]?)+[A-Za-zÀ-ɏ]?$') as has_initials_only
    from {profiles} as profiles
    left join identity_pinyin as given_pinyin on profiles.given_name_clean = given_pinyin.written
    left join identity_pinyin as family_pinyin on profiles.family_name_clean = family_pinyin.written
    where profiles.makes_people
),

spoken as (
    -- What stands in a name field to fill it is no name.
    select * replace (
        case when not regexp_full_match(lower(given_written), {nobody}) then given_written end as given_written,
        case when not regexp_full_match(lower(family_written), {nobody}) then family_written end as family_written
    )
    from profiles
),

named as (
    select
        *,
        -- Jan P. is Jan.
        identity_fold(regexp_replace(identity_without_generation(given_written), '( [a-zà-ɏ]\.?)+$', '')) as given_folded,
        identity_family_names(family_written) as families,
        identity_fold(street_clean) as street_folded,
        nullif(regexp_replace(lower(house_number_clean), '[^0-9a-z]', '', 'g'), '') as house_number_folded,
        regexp_replace(split_part(email_clean, '@', 1), '[^a-z0-9]|\+.*$', '', 'g') as local_folded,
        coalesce(country_clean, '') as land
    from spoken
)

select
    profile_id,
    nullif(trim(customer_number), '') as customer_number,
    feed || ':' || nullif(trim(record_id), '') as record,
    nullif(trim(record_id), '') as record_id,
    email_clean as email,
    phone_clean as phone,
    cookie_key as cookie,
    case when not has_initials_only then given_folded end as given_name,
    -- Of Paulino Cipriano, Paulino.
    case when not has_initials_only then coalesce(
        identity_fold(regexp_extract(given_written, '^([^ -]{3,})[ -]', 1)), given_folded
    ) end as first_given_name,
    case when regexp_matches(given_folded, '^[a-z]') then left(given_folded, 1) end as initial,
    -- Characters tell apart what pinyin cannot.
    case when regexp_matches(given_name_clean, '\p{Han}') then given_name_clean end as given_han,
    case when len(families) > 0 then families end as family_names,
    nullif(array_to_string(families, ''), '') as family_name,
    coalesce(
        identity_generation(family_name_clean), identity_generation(given_name_clean), identity_generation(full_name)
    ) as generation,
    -- Nobody alive was born then: a form's way to say that the date is not known.
    case when birth_date_clean > date '1901-01-01' then birth_date_clean end as birth_date,
    gender_clean as gender,
    postcode_clean as postcode,
    case when len(local_folded) >= 4 then local_folded end as email_local,
    split_part(email_clean, '@', 2) as email_domain,
    -- j.jansen and jan84 say hardly more than the name does; j.jansen84 and zonnebloem do.
    case
        when len(families) is null or len(families) = 0
            then len(local_folded) >= 9 and regexp_matches(local_folded, '[0-9]{2}')
        when contains(local_folded, families[1]) then regexp_matches(local_folded, '[0-9]{2}')
        else len(replace(local_folded, coalesce(given_folded, ' '), '')) >= 6
    end as is_email_own,
    nullif(street_folded, '') as street,
    house_number_folded as house_number,
    case when coalesce(postcode_area, city_clean) is not null then land || coalesce(postcode_area, '') end as area,
    identity_fold(city_clean) as city,
    case
        when postcode_clean is not null and house_number_clean is not null
            then concat_ws(', ', postcode_clean, house_number_clean, country_clean)
    end as address,
    identity_fold(company_name_clean) as company,
    nullif(lower(trim(social_profile)), '') as social_profile,
    case when one_number_per_person then nullif(trim(customer_number), '') end as only_number
from named
