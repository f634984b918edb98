-- One row per profile of {profiles}, as it is compared: features, with what their values' statuses say; bad values are none.
create or replace temp table identity_compared as
select
    features.profile_id,
    features.given_name,
    features.first_given_name,
    features.given_han,
    features.initial,
    features.given_sound,
    aliases.aliases,
    features.family_name,
    features.family_names,
    features.family_sound,
    features.birth_date,
    strftime(features.birth_date, '%Y%m%d') as birth_digits,
    features.gender,
    case when numbers.value is null then features.customer_number end as customer_number,
    case when emails.value is null then features.email end as email,
    case when emails.value is null then features.email_local end as email_local,
    case when phones.value is null then features.phone end as phone,
    features.email_domain,
    features.is_named_in_email,
    features.is_email_own,
    features.street,
    features.street_begin,
    features.house_number,
    features.postcode,
    features.area,
    features.city,
    features.address,
    features.company,
    features.record,
    features.cookie,
    features.social_profile,
    coalesce(given_names.status, '{rarest}')::tinyint as given_name_rarity,
    coalesce(family_names.status, '{rarest}')::tinyint as family_name_rarity,
    shared_emails.value is not null as is_email_of_several,
    shared_phones.value is not null as is_phone_of_several,
    crowds.value is not null as is_address_crowded
from known.features as features
semi join {profiles} as wanted on features.profile_id = wanted.profile_id
left join known.statuses as numbers
    on features.customer_number = numbers.value and numbers.field = 'customer_number' and numbers.status = 'bad'
left join known.statuses as emails
    on features.email = emails.value and emails.field = 'email' and emails.status = 'bad'
left join known.statuses as phones
    on features.phone = phones.value and phones.field = 'phone' and phones.status = 'bad'
left join known.statuses as given_names
    on features.given_name = given_names.value and given_names.field = 'given_name'
left join known.statuses as family_names
    on features.family_name = family_names.value and family_names.field = 'family_name'
left join known.statuses as shared_emails
    on features.email = shared_emails.value and shared_emails.field = 'email' and shared_emails.status = 'several'
left join known.statuses as shared_phones
    on features.phone = shared_phones.value and shared_phones.field = 'phone' and shared_phones.status = 'several'
left join known.statuses as crowds
    on features.address = crowds.value and crowds.field = 'address' and crowds.status in ('crowded', 'bad')
left join identity_aliases as aliases on features.given_name = aliases.given_name
