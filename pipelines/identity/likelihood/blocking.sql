-- The blocking keys of each profile: (profile_id, key), numbers that are equal if all parts of a rule are equal. Two profiles
-- that share a key are compared, unless too many have it.

create or replace temp macro identity_key(rule, a, b, c) as
    case when a is not null and b is not null and c is not null then hash(rule, a, b, c) // 2 * 2 end;

-- An odd number: a key shared by many that have nothing else in common; it is used with fewer holders only.
create or replace temp macro identity_loose_key(rule, a, b, c) as
    identity_key(rule, a, b, c) + 1;

{into}
with parts as (
    select
        *,
        year(birth_date) as birth_year,
        strftime(birth_date, '%m%d') as birth_day,
        right(phone, 6) as phone_end,
        coalesce(address, postcode) as place,
        coalesce(area, city) as region,
        list_distinct([given_name, first_given_name]) as given_forms,
        list_distinct(list_append(family_names, family_name)) as family_forms
    from identity_compared
),

keyed as (
    select
        profile_id,
        unnest(list_concat([
            identity_key('email', email, '', ''),
            identity_key('email local part', email_local, initial, ''),
            identity_key('email local part alone', case when given_name is null then email_local end, '', ''),
            identity_key('phone', phone, '', ''),
            identity_key('phone end and initial', phone_end, initial, ''),
            identity_key('customer number', customer_number, '', ''),
            identity_key('record', record, '', ''),
            identity_key('cookie', cookie, '', ''),
            identity_key('social profile', social_profile, '', ''),
            identity_loose_key('sounds', given_sound, family_sound, ''),
            identity_key('sounds and region', given_sound, family_sound, region),
            identity_key('given name and birth date', given_name, birth_date, ''),
            identity_key('family name and birth date', family_name, birth_date, ''),
            identity_key('initial and birth date', initial, birth_date, ''),
            identity_key('birth date and postcode', birth_date, postcode, ''),
            identity_key('birth date and region', birth_date, region, ''),
            identity_key('birth date and street', birth_date, street, ''),
            identity_key('birth date and house number', birth_date, house_number, ''),
            identity_loose_key('street and number', street, house_number, region),
            identity_key('names and birth year', initial, family_sound, birth_year),
            identity_key('names and birthday', given_sound, left(family_name, 1), birth_day),
            identity_key('given name and postcode', given_name, postcode, ''),
            identity_key('family name and postcode', family_name, postcode, ''),
            identity_key('initial and address', initial, address, ''),
            identity_key('family name and address', family_name, address, ''),
            identity_loose_key('initial and postcode', initial, postcode, ''),
            identity_loose_key('postcode', postcode, '', ''),
            identity_loose_key('street', street, '', ''),
            identity_key('given name and street', given_name, street, ''),
            identity_key('initial and street and number', initial, street, house_number),
            identity_key('family name and street', family_name, street, ''),
            identity_key('family name and region', family_name, region, initial),
            identity_key('given name and region', given_name, region, left(family_name, 1)),
            identity_loose_key('initial and family name', initial, family_name, ''),
            identity_key('given name and company', given_name, company, ''),
            identity_key('family name and company', family_name, company, '')
        ], list_distinct(flatten(list_transform(
            given_forms,
            -- Sorted, so that swapped names are equal; each of two given names alone, in case only one is given elsewhere.
            lambda given: list_transform(
                family_forms, lambda family: identity_key('names', least(given, family), greatest(given, family), '')
            )
        ))))) as key
    from parts
)

select profile_id, key
from keyed
where key is not null
