-- One row per person, without identifiers: counts of profiles and different names, and whether another person has the same
-- name and e-mail address.

create or replace temp macro identity_spelt(text) as
    nullif(regexp_replace(lower(strip_accents(text)), '[^\p{L}]', '', 'g'), '');

-- One letter less, more, other or exchanged, a few in long names; or the short form within the long one.
create or replace temp macro identity_is_spelling(a, b) as
    contains(a, b) or contains(b, a)
    or damerau_levenshtein(a, b) <= 1 or jaro_winkler_similarity(a, b) >= 0.85;

-- Of several spellings of one name the shortest counts.
create or replace temp macro identity_different(names) as
    len(list_filter(names, lambda longer, place: len(list_filter(
        names[:place - 1], lambda shorter: identity_is_spelling(longer.name, shorter.name)
    )) = 0));

create or replace table identity.person_shape as
with profiles as (
    select
        people.person_id,
        -- Letters with dots are initials and do not count; of Jan Willem only Jan is compared.
        case
            when regexp_matches(seen.given_name_clean, '\p{L}[\p{L}''’]|\p{Han}')
                then identity_spelt(regexp_extract(seen.given_name_clean, '^[^ ]+'))
        end as given_name,
        identity_spelt(seen.family_name_clean) as family_name,
        seen.email_clean as email
    from identity.profile_person as people
    inner join scratch.intermediate.int_profiles_seen as seen on people.profile_id = seen.profile_id
),

people as (
    select
        person_id,
        count(*) as profile_count,
        min(given_name) as given_name,
        min(family_name) as family_name,
        coalesce(min(given_name) < max(given_name) or min(family_name) < max(family_name), false) as has_several_spellings
    from profiles
    group by person_id
),

-- A name in characters and in Latin letters must not count twice, nor hide another name: each script is counted apart.
spellings as (
    select
        person_id,
        field,
        list_sort(list(distinct {'length': len(name), 'name': name})) as names
    from (
        select person_id, unnest(['given', 'family']) as field, unnest([given_name, family_name]) as name
        from profiles
        where person_id in (select person_id from people where has_several_spellings)
    )
    where name is not null
    group by person_id, field, regexp_matches(name, '\p{Han}')
),

name_counts as (
    select
        person_id,
        max(identity_different(names)) filter (where field = 'given') as given_name_count,
        max(identity_different(names)) filter (where field = 'family') as family_name_count
    from spellings
    group by person_id
),

doubled as (
    select given_name, family_name, email
    from profiles
    where given_name is not null and family_name is not null
        and email not in (select value from customers.identity.bad_values where field = 'email')
    group by given_name, family_name, email
    having min(person_id) < max(person_id)
),

namesakes as (
    select distinct profiles.person_id
    from profiles
    inner join doubled using (given_name, family_name, email)
)

select
    people.person_id,
    people.profile_count,
    case
        when people.has_several_spellings then coalesce(name_counts.given_name_count, 0)
        else (people.given_name is not null)::bigint
    end as given_name_count,
    case
        when people.has_several_spellings then coalesce(name_counts.family_name_count, 0)
        else (people.family_name is not null)::bigint
    end as family_name_count,
    namesakes.person_id is not null as has_namesake_at_same_email
from people
left join name_counts on people.person_id = name_counts.person_id
left join namesakes on people.person_id = namesakes.person_id
order by people.person_id;

drop macro identity_different;
drop macro identity_is_spelling;
drop macro identity_spelt;
