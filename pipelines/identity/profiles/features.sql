-- Match features: one row per profile of a kind that makes people, names folded to ASCII letters.

create or replace temp macro identity_generation(text) as
    case regexp_extract(lower(text), '[ ,](jr|jnr|junior|sr|snr|senior|ii|iii|iv)\.?$', 1)
        when 'jr' then 'jr' when 'jnr' then 'jr' when 'junior' then 'jr'
        when 'sr' then 'sr' when 'snr' then 'sr' when 'senior' then 'sr'
        when 'ii' then 'ii' when 'iii' then 'iii' when 'iv' then 'iv'
    end;

create or replace temp macro identity_without_generation(text) as
    regexp_replace(lower(text), '[ ,]+(jr|jnr|junior|sr|snr|senior|ii|iii|iv)\.?$', '');

-- Iborra Guillen is Iborra and Guillen; Mc Donald is McDonald.
create or replace temp macro identity_words(text) as
    case
        when len(list_filter(string_split(trim(text), ' '), lambda word: len(folded(word)) < 3)) > 0 then [text]
        else string_split(trim(text), ' ')
    end;

-- Jansen-de Boer is Jansen and Boer; sorted, so that both orders are one.
create or replace temp macro identity_family_names(text) as
    list_sort(list_distinct(list_filter(
        list_transform(
            flatten(list_transform(
                string_split(identity_without_generation(text), '-'),
                lambda part: identity_words(without_prefix(part))
            )),
            lambda part: folded(part)
        ),
        lambda part: part is not null
    )));

-- Soundex without its limit of length: the first letter, then the classes of consonants that sound alike.
create or replace temp macro identity_soundex(text) as
    left(text, 1) || replace(replace(replace(replace(replace(replace(
        translate(substr(text, 2), 'bfpvcgjkqsxzdtlmnraeiouyhw', '111122222222334556'),
        '11', '1'), '22', '2'), '33', '3'), '44', '4'), '55', '5'), '66', '6');

-- Two spellings, or a longer form, of one given name. In short names one letter makes another name.
-- A case, so that the cheap conditions are evaluated first.
create or replace temp macro identity_alike(a, b) as
    case
        when starts_with(a, b) or starts_with(b, a) then true
        when len(a) >= 4 and len(b) >= 4
            then case when abs(len(a) - len(b)) <= 1 then damerau_levenshtein(a, b) <= 1 else false end
                or jaro_winkler_similarity(a, b, 0.93) >= 0.93
        when a is not null and b is not null then false
    end;

{into}
with profiles as (
    select * replace (identity_given(given_name_clean, family_name_clean) as given_name_clean), {signature} as signature
    from {profiles}
    where makes_people
),

-- Each spelling is processed once, however many profiles have it.
given_names as (
    select
        written as given_name_clean,
        identity_generation(written) as generation,
        -- A single letter or letters with dots; a single Chinese character is a full name.
        regexp_matches(written, '^[A-Za-zÀ-ɏ]$|^([A-Za-zÀ-ɏ]\.[ -]?)+[A-Za-zÀ-ɏ]?$') as has_initials_only,
        -- Characters distinguish names that are equal in pinyin.
        case when regexp_matches(written, '\p{Han}') then written end as given_han,
        -- A placeholder in a name field is no name.
        case when not regexp_full_match(lower(latin), {nobody}) then latin end as given_written
    from (
        select names.written, coalesce(pinyin.latin, names.written) as latin
        from (select distinct given_name_clean as written from profiles) as names
        left join identity_pinyin as pinyin on names.written = pinyin.written
    )
    where written is not null
),

given as (
    select
        *,
        case when not has_initials_only then given_folded end as given_name,
        -- Of Paulino Cipriano, Paulino.
        case when not has_initials_only then coalesce(
            folded(regexp_extract(given_written, '^([^ -]{3,})[ -]', 1)), given_folded
        ) end as first_given_name,
        case when regexp_matches(given_folded, '^[a-z]') then left(given_folded, 1) end as initial,
        case when not has_initials_only then identity_soundex(given_folded) end as given_sound
    from (
        select
            *,
            -- Jan P. is Jan.
            folded(
                regexp_replace(identity_without_generation(given_written), '( [a-zà-ɏ]\.?)+$', '')
            ) as given_folded
        from given_names
    )
),

family_names as (
    select
        written as family_name_clean,
        identity_generation(written) as generation,
        case when not regexp_full_match(lower(latin), {nobody}) then identity_family_names(latin) end as families
    from (
        select names.written, coalesce(pinyin.latin, names.written) as latin
        from (select distinct family_name_clean as written from profiles) as names
        left join identity_pinyin as pinyin on names.written = pinyin.written
    )
    where written is not null
),

family as (
    select
        *,
        nullif(array_to_string(families, ''), '') as family_name,
        identity_soundex(nullif(array_to_string(families, ''), '')) as family_sound
    from family_names
),

streets as (
    select street_clean, folded(street_clean) as street from (select distinct street_clean from profiles)
),

house_numbers as (
    select house_number_clean, nullif(regexp_replace(lower(house_number_clean), '[^0-9a-z]', '', 'g'), '') as house_number
    from (select distinct house_number_clean from profiles)
),

cities as (
    select city_clean, folded(city_clean) as city from (select distinct city_clean from profiles)
),

companies as (
    select company_name_clean, folded(company_name_clean) as company
    from (select distinct company_name_clean from profiles)
),

named as (
    select
        profiles.*,
        given.given_folded,
        given.given_name as given_spelt,
        given.first_given_name,
        given.initial,
        given.given_han,
        given.given_sound,
        family.families,
        family.family_name as family_folded,
        family.family_sound,
        family.generation as family_generation,
        given.generation as given_generation,
        regexp_replace(split_part(profiles.email_clean, '@', 1), '[^a-z0-9]|\+.*$', '', 'g') as local_folded
    from profiles
    left join given on profiles.given_name_clean = given.given_name_clean
    left join family on profiles.family_name_clean = family.family_name_clean
)

select
    named.profile_id,
    -- Numbers are of one space where contracts say so, else of their feed.
    coalesce(named.number_space || ':', '') || nullif(trim(named.customer_number), '') as customer_number,
    coalesce(named.number_space, named.feed) as number_space,
    named.number_space is null as is_lone_number,
    named.feed || ':' || nullif(trim(named.record_id), '') as record,
    nullif(trim(named.record_id), '') as record_id,
    named.email_clean as email,
    named.phone_clean as phone,
    named.cookie_key as cookie,
    named.given_spelt as given_name,
    named.first_given_name,
    named.initial,
    named.given_sound,
    named.given_han,
    case when len(named.families) > 0 then named.families end as family_names,
    named.family_folded as family_name,
    named.family_sound,
    -- A profile without a name may have it in its mailbox.
    case
        when named.given_folded is null and named.family_folded is null
            then nullif(regexp_replace(named.local_folded, '[0-9]', '', 'g'), '')
        -- Characters, since many of them are one in pinyin.
        else coalesce(named.given_han, named.given_spelt) || named.family_folded
    end as names,
    coalesce(named.family_generation, named.given_generation, identity_generation(named.full_name)) as generation,
    -- Earlier dates are the defaults of forms: nobody alive was born then.
    case when named.birth_date_clean > date '1901-01-01' then named.birth_date_clean end as birth_date,
    named.gender_clean as gender,
    named.postcode_clean as postcode,
    case when len(named.local_folded) >= 4 then named.local_folded end as email_local,
    split_part(named.email_clean, '@', 2) as email_domain,
    -- The mailbox begins with the given name, or with a spelling one letter off.
    case
        when starts_with(named.local_folded, named.given_spelt) then starts_with(named.local_folded, named.initial)
        when starts_with(named.local_folded, named.initial)
            then coalesce(
                damerau_levenshtein(left(named.local_folded, len(named.given_spelt)), named.given_spelt) <= 1
                or damerau_levenshtein(left(named.local_folded, len(named.given_spelt) - 1), named.given_spelt) <= 1
                or damerau_levenshtein(left(named.local_folded, len(named.given_spelt) + 1), named.given_spelt) <= 1,
                false
            )
        else false
    end as is_named_in_email,
    -- j.jansen and jan84 are hardly more evidence than the name; j.jansen84 and zonnebloem are.
    case
        when len(named.families) is null or len(named.families) = 0
            then len(named.local_folded) >= 9 and regexp_matches(named.local_folded, '[0-9]{2}')
        when contains(named.local_folded, named.families[1]) then regexp_matches(named.local_folded, '[0-9]{2}')
        else len(replace(named.local_folded, coalesce(named.given_folded, ' '), '')) >= 6
    end as is_email_own,
    streets.street,
    house_numbers.house_number,
    case
        when coalesce(named.postcode_area, named.city_clean) is not null
            then coalesce(named.country_clean, '') || coalesce(named.postcode_area, '')
    end as area,
    cities.city,
    case
        when named.postcode_clean is not null and named.house_number_clean is not null
            then concat_ws(', ', named.postcode_clean, named.house_number_clean, named.country_clean)
    end as address,
    -- Where a postcode covers a whole town the street is compared as well: its first letters, since the rest is often cut short.
    case
        when not coalesce(list_contains({street_postcodes}, named.country_clean), false) then left(streets.street, 6)
    end as street_begin,
    companies.company,
    nullif(lower(trim(named.social_profile)), '') as social_profile,
    named.one_number_per_person and nullif(trim(named.customer_number), '') is not null as is_only_number,
    named.signature
from named
left join streets on named.street_clean = streets.street_clean
left join house_numbers on named.house_number_clean = house_numbers.house_number_clean
left join cities on named.city_clean = cities.city_clean
left join companies on named.company_name_clean = companies.company_name_clean
