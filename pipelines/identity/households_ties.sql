-- Who lives where with whom: identity_stays, one row per person and home address; identity_ties, one row per stay and
-- thing that makes those of an address who share it one household.

-- 12-3 and 12 bus 3 are one door, 123 is another.
create or replace temp macro household_door(number) as
    regexp_extract(number, '^[^0-9]*([0-9]*)', 1) || ' ' || regexp_replace(
        regexp_replace(regexp_replace(number, '^[^0-9]*[0-9]*', ''), '[^0-9A-Z]', '', 'g'),
        '^(BUS|BTE|BOX|LGH|APT|FLAT|UNIT)([0-9])', '\2'
    );

create or replace temp macro household_street(text) as
    nullif(regexp_replace(strip_accents(lower(text)), '[^a-z0-9\x{C0}-\x{1FFF}\x{2C00}-\x{10FFFF}]', '', 'g'), '');

create or replace temp table identity_stays as
with homes as (
    -- A company's address is nobody's home.
    select
        people.person_id,
        concat_ws(
            ', ',
            seen.country_clean,
            seen.postcode_clean,
            household_door(seen.house_number_clean),
            -- Where a postcode is a whole town; the first letters, since the rest is often cut short.
            case
                when not coalesce(list_contains({street_postcodes}, seen.country_clean), false)
                    then left(household_street(seen.street_clean), 6)
            end
        ) as address,
        array_to_string(features.family_names, '-') as family_name,
        seen.country_clean as country,
        seen.postcode_area,
        seen.first_seen_at,
        seen.last_seen_at
    from scratch.intermediate.int_profiles_seen as seen
    inner join identity.profile_person as people on seen.profile_id = people.profile_id
    inner join identity_features as features on seen.profile_id = features.profile_id
    where
        seen.postcode_clean is not null
        and seen.house_number_clean is not null
        and (
            household_street(seen.street_clean) is not null
            or list_contains({street_postcodes}, seen.country_clean)
        )
        and coalesce(seen.company_name_clean, seen.company_number_clean, seen.vat_number_clean) is null
),

stays as (
    select
        person_id,
        address,
        list(distinct family_name) filter (where family_name is not null) as family_names,
        min(country) as country,
        min(postcode_area) as postcode_area,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from homes
    group by person_id, address
),

-- The address seen last holds from its first sight on; what was seen within its time was a slip or a second home.
following as (
    select
        *,
        min(first_seen_at) over (
            partition by person_id order by last_seen_at desc, first_seen_at desc, address
            rows between unbounded preceding and 1 preceding
        ) as next_seen_at
    from stays
)

select
    row_number() over (order by address, person_id) as stay_id,
    person_id,
    address,
    family_names,
    country,
    postcode_area,
    first_seen_at as valid_from,
    next_seen_at as valid_to
from following
where next_seen_at is null or first_seen_at < next_seen_at;

create or replace temp table identity_ties as
with neighbours as (
    select * from identity_stays
    qualify count(*) over (partition by address) > 1
),

crowded as (
    select address
    from (select address, unnest(family_names) as family_name from neighbours)
    group by address
    having count(distinct family_name) >= {crowded_address}
),

profiles as (
    select
        people.person_id,
        features.family_names,
        case when seen.company_name_clean is null and bad_phones.value is null then features.phone end as phone,
        case when seen.company_name_clean is null and bad_emails.value is null then features.email end as email
    from (select distinct person_id from neighbours) as settled
    inner join identity.profile_person as people on settled.person_id = people.person_id
    inner join identity_features as features on people.profile_id = features.profile_id
    inner join scratch.intermediate.int_profiles_seen as seen on people.profile_id = seen.profile_id
    left join customers.identity.bad_values as bad_phones
        on bad_phones.field = 'phone' and features.phone = bad_phones.value
    left join customers.identity.bad_values as bad_emails
        on bad_emails.field = 'email' and features.email = bad_emails.value
),

-- Jansen-de Boer is of the family of Jansen and of that of Boer; a name once borne still tells.
families as (
    select distinct neighbours.stay_id, neighbours.address, names.family_name
    from neighbours
    inner join (select distinct person_id, unnest(family_names) as family_name from profiles) as names
        on neighbours.person_id = names.person_id
    where neighbours.address not in (select address from crowded)
),

slips as (
    select distinct a.stay_id, b.family_name
    from families as a
    inner join families as b
        on a.address = b.address and a.family_name <> b.family_name
        and least(length(a.family_name), length(b.family_name)) >= 5
        and damerau_levenshtein(a.family_name, b.family_name) = 1
),

points as (
    select distinct person_id, unnest([phone, email]) as point
    from profiles
)

select stay_id, address, family_name as tie, 'same_family_name' as rule from families
union
select slips.stay_id, stays.address, slips.family_name, 'same_family_name'
from slips
inner join identity_stays as stays on slips.stay_id = stays.stay_id
union
select neighbours.stay_id, neighbours.address, points.point, 'same_contact_point'
from neighbours
inner join points on neighbours.person_id = points.person_id
where points.point is not null
