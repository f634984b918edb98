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

-- Jansen-de Boer is Jansen and Boer; sorted, so that both orders are one.
create or replace temp macro identity_family_names(text) as
    list_sort(list_distinct(list_filter(
        list_transform(
            string_split(identity_without_generation(text), '-'),
            lambda part: identity_fold(identity_without_prefix(part))
        ),
        lambda part: part is not null
    )));

create or replace temp table identity_features as
with profiles as (
    select
        *,
        -- A single letter or letters with dots; a single Chinese character is a full name.
        regexp_matches(given_name_clean, '^[A-Za-zÀ-ɏ]$|^([A-Za-zÀ-ɏ]\.[ -]?)+[A-Za-zÀ-ɏ]?$') as has_initials_only,
        -- Jan P. is Jan.
        identity_fold(
            regexp_replace(identity_without_generation(given_name_clean), '( [a-zà-ɏ]\.?)+$', '')
        ) as given_folded
    from scratch.intermediate.int_profiles_seen
    where makes_people
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
    case when regexp_matches(given_folded, '^[a-z]') then left(given_folded, 1) end as initial,
    case
        when len(identity_family_names(family_name_clean)) > 0 then identity_family_names(family_name_clean)
    end as family_names,
    coalesce(
        identity_generation(family_name_clean), identity_generation(given_name_clean), identity_generation(full_name)
    ) as generation,
    birth_date_clean as birth_date,
    postcode_clean as postcode,
    case
        when postcode_clean is not null and house_number_clean is not null
            then concat_ws(', ', postcode_clean, house_number_clean, country_clean)
    end as address,
    case when one_number_per_person then nullif(trim(customer_number), '') end as only_number
from profiles
