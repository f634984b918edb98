-- Homes and what connects the people in them: identity_homes, one row per profile with a home address; identity_stays, one
-- row per person and home; identity_ties, one row per stay and family name or contact point that makes a household.

-- 12-3 and 12 bus 3 are one door, 123 is another door.
create or replace temp macro household_door(number) as
    regexp_extract(number, '^[^0-9]*([0-9]*)', 1) || ' ' || regexp_replace(
        regexp_replace(regexp_replace(number, '^[^0-9]*[0-9]*', ''), '[^0-9A-Z]', '', 'g'),
        '^(BUS|BTE|BOX|LGH|APT|FLAT|UNIT)([0-9])', '\2'
    );

create or replace temp macro household_street(text) as
    regexp_replace(strip_accents(lower(text)), '[^a-z0-9\x{C0}-\x{1FFF}\x{2C00}-\x{10FFFF}]', '', 'g');

create or replace temp table identity_homes as
with homes as (
    -- The address of a company is no home.
    select
        profile_id,
        country_clean as country,
        postcode_clean as postcode,
        postcode_area,
        house_number_clean as house_number,
        case when not coalesce(list_contains({street_postcodes}, country_clean), false) then street_clean end as street,
        first_seen_at,
        last_seen_at
    from scratch.intermediate.int_profiles_seen
    where
        makes_people
        and postcode_clean is not null
        and house_number_clean is not null
        and (street_clean is not null or list_contains({street_postcodes}, country_clean))
        and company_name_clean is null and company_number_clean is null and vat_number_clean is null
),

doors as (
    select house_number, household_door(house_number) as door
    from (select distinct house_number from homes)
),

-- The first letters of the street where a postcode covers a whole town; the rest is often cut short.
streets as (
    select street, left(household_street(street), 6) as street_begin
    from (select distinct street from homes)
)

select
    homes.profile_id,
    people.person_id,
    -- Used in this step only, so a hash is enough.
    hash(homes.country, homes.postcode, doors.door, streets.street_begin) as address,
    homes.country,
    homes.postcode_area,
    homes.first_seen_at,
    homes.last_seen_at
from homes
inner join identity.profile_person as people on homes.profile_id = people.profile_id
inner join doors on homes.house_number = doors.house_number
left join streets on homes.street = streets.street;

create or replace temp table identity_stays as
with stays as (
    select
        person_id,
        address,
        min(country) as country,
        min(postcode_area) as postcode_area,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        max(profile_id) as newest_profile_id
    from identity_homes
    group by person_id, address
),

-- The address seen last is valid from when it was first seen; an address seen only within that time was an error or a second
-- home.
following as (
    select
        *,
        min(first_seen_at) over (
            partition by person_id order by last_seen_at desc, newest_profile_id desc
            rows between unbounded preceding and 1 preceding
        ) as next_seen_at
    from stays
)

select
    row_number() over () as stay_id,
    person_id,
    address,
    country,
    postcode_area,
    first_seen_at as valid_from,
    next_seen_at as valid_to
from following
where next_seen_at is null or first_seen_at < next_seen_at;

create or replace temp table identity_ties as
with neighbours as (
    select stay_id, person_id, address
    from identity_stays
    qualify count(*) over (partition by address) > 1
),

profiles as (
    select
        people.person_id,
        features.profile_id,
        features.family_names,
        case when seen.company_name_clean is null and bad_phones.value is null then features.phone end as phone,
        case when seen.company_name_clean is null and bad_emails.value is null then features.email end as email
    from (select distinct person_id from neighbours) as settled
    inner join identity.profile_person as people on settled.person_id = people.person_id
    inner join state.features as features on people.profile_id = features.profile_id
    inner join scratch.intermediate.int_profiles_seen as seen on people.profile_id = seen.profile_id
    left join customers.identity.bad_values as bad_phones
        on bad_phones.field = 'phone' and features.phone = bad_phones.value
    left join customers.identity.bad_values as bad_emails
        on bad_emails.field = 'email' and features.email = bad_emails.value
),

crowded as (
    select homes.address
    from identity_homes as homes
    inner join profiles on homes.profile_id = profiles.profile_id
    group by homes.address
    having count(distinct array_to_string(profiles.family_names, '-')) >= {crowded_address}
),

-- Jansen-de Boer belongs to the families Jansen and Boer; former names count.
families as (
    select neighbours.stay_id, neighbours.address, names.family_name
    from neighbours
    inner join (select distinct person_id, unnest(family_names) as family_name from profiles) as names
        on neighbours.person_id = names.person_id
    anti join crowded on neighbours.address = crowded.address
),

slips as (
    select a.stay_id, a.address, b.family_name
    from families as a
    inner join families as b
        on a.address = b.address and a.family_name <> b.family_name
        and least(length(a.family_name), length(b.family_name)) >= 5
        and abs(length(a.family_name) - length(b.family_name)) <= 1
        and damerau_levenshtein(a.family_name, b.family_name) = 1
),

points as (
    select distinct person_id, unnest([phone, email]) as point
    from profiles
)

select stay_id, address, family_name as tie, 'same_family_name' as rule from families
union
select stay_id, address, family_name, 'same_family_name' from slips
union
select neighbours.stay_id, neighbours.address, points.point, 'same_contact_point'
from neighbours
inner join points on neighbours.person_id = points.person_id
where points.point is not null
