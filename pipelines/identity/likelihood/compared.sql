-- identity_compared: one row per profile of {features} as it is compared: features and the statuses of their values; bad
-- values are null.
create or replace temp table identity_compared as
with contacts as (
    select field, value, bool_or(status = 'bad') as is_bad, bool_or(status = 'shared') as is_shared
    from state.statuses
    where field in ('email', 'phone')
    group by field, value
),

-- An address may be both, of many family names and of more names than the limit.
crowds as (
    select distinct value from state.statuses where field = 'address' and status in ('crowded', 'bad')
){wanted}

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
    features.number_space,
    case when emails.is_bad is not true then features.email end as email,
    case when emails.is_bad is not true then features.email_local end as email_local,
    case when phones.is_bad is not true then features.phone end as phone,
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
    coalesce(emails.is_shared, false) as is_email_shared,
    coalesce(phones.is_shared, false) as is_phone_shared,
    crowds.value is not null as is_address_crowded
from {features} as features
left join state.statuses as numbers
    on features.customer_number = numbers.value and numbers.field = 'customer_number' and numbers.status = 'bad'
left join contacts as emails on features.email = emails.value and emails.field = 'email'
left join contacts as phones on features.phone = phones.value and phones.field = 'phone'
left join state.statuses as given_names
    on features.given_name = given_names.value and given_names.field = 'given_name'
left join state.statuses as family_names
    on features.family_name = family_names.value and family_names.field = 'family_name'
left join crowds on features.address = crowds.value
left join identity_aliases as aliases on features.given_name = aliases.given_name
