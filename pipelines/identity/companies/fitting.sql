-- Companies with a legal number that profiles without one may belong to: identity_company_keys, one row per profile and piece
-- of evidence (a name together with a domain, postcode, phone or person); identity_company_fits, one row per profile without
-- legal number, piece of evidence and company it is evidence for; identity_company_domains, one row per verified domain.

create or replace temp table identity_company_keys as
with spelt as (
    select
        profile_id,
        country,
        name,
        unnest([
            {'kind': 'domain', 'value': domain},
            {'kind': 'postcode', 'value': postcode},
            {'kind': 'phone', 'value': phone},
            {'kind': 'person', 'value': cast(person_id as varchar)}
        ], recursive := true)
    from identity_company_profiles
    where name is not null
),

spellings as (
    select kind, value, name, count(*) as profile_count
    from spelt
    where value is not null and kind <> 'postcode'
    group by kind, value, name
    -- At a host of many companies a similar name is another company.
    qualify count(*) over (partition by kind, value) between 2 and 20
),

-- A misspelt name is read as the spelling that is most frequent with the same domain, phone or person.
corrected as (
    select
        written.kind,
        written.value,
        written.name,
        arg_max(other.name, row(other.profile_count, other.name)) as meant_name
    from spellings as written
    inner join spellings as other
        on written.kind = other.kind and written.value = other.value and company_alike(written.name, other.name)
    group by written.kind, written.value, written.name
)

select
    spelt.profile_id,
    spelt.country,
    spelt.kind,
    concat_ws(chr(31), spelt.kind, spelt.value, coalesce(corrected.meant_name, spelt.name)) as key
from spelt
left join corrected
    on spelt.kind = corrected.kind and spelt.value = corrected.value and spelt.name = corrected.name
where spelt.value is not null;

-- Some profiles give the register's number, others the VAT number, none both: they are of one company if the evidence of each
-- number leads to the other number alone.
create or replace temp table identity_company_vat_numbers as
with numbers_of_key as (
    select distinct keys.key, profiles.legal_number
    from identity_company_keys as keys
    inner join identity_company_profiles as profiles on keys.profile_id = profiles.profile_id
    where profiles.legal_number is not null
),

pairs as (
    select distinct vat.legal_number as vat_number, register.legal_number
    from numbers_of_key as vat
    inner join numbers_of_key as register
        on vat.key = register.key and left(vat.legal_number, 6) = 'VAT ' || left(register.legal_number, 2)
    where register.legal_number not in (
        select legal_number from identity_company_profiles where legal_number is not null and vat_number is not null
    )
)

select * from pairs
qualify count(*) over (partition by vat_number) = 1 and count(*) over (partition by legal_number) = 1;

update identity_company_profiles
set legal_number = vat_numbers.legal_number
from identity_company_vat_numbers as vat_numbers
where identity_company_profiles.legal_number = vat_numbers.vat_number;

-- A domain is verified for a company if its register entry or two e-mail addresses beside its number have it (one address is
-- enough if the domain contains the company's name), no address of the domain has another number, and most name a company.
create or replace temp table identity_company_domains as
with claimed as (
    select
        domain,
        min(legal_number) as legal_number,
        bool_or(has_website) as has_website,
        count(distinct email_local) >= 2 or bool_or(company_owns(name, domain_label)) as is_used
    from identity_company_profiles
    where domain is not null and legal_number is not null
    group by domain
    having count(distinct legal_number) = 1
),

writers as (
    select
        split_part(email_clean, '@', 2) as domain,
        count(*) as profile_count,
        count(coalesce(company_number_clean, vat_number_clean, company_name_clean)) as naming_count
    from scratch.intermediate.int_profiles_seen
    where email_clean is not null
    group by domain
)

select claimed.domain, claimed.legal_number
from claimed
left join writers on claimed.domain = writers.domain
where claimed.has_website or (claimed.is_used and writers.naming_count * 2 > writers.profile_count);

create or replace temp table identity_company_fits as
with numbers_of_key as (
    select distinct keys.key, profiles.legal_number
    from identity_company_keys as keys
    inner join identity_company_profiles as profiles on keys.profile_id = profiles.profile_id
    where profiles.legal_number is not null
),

countries as (
    select distinct legal_number, unnest([country, left(replace(legal_number, 'VAT ', ''), 2)]) as country
    from identity_company_profiles
    where legal_number is not null
),

names as (
    select distinct legal_number, name
    from identity_company_profiles
    where legal_number is not null and name is not null
),

same_name as (
    select distinct
        keys.profile_id,
        keys.country,
        case when keys.kind = 'domain' and domains.domain is not null then 'verified_domain' else keys.kind end as kind,
        numbers.legal_number
    from identity_company_keys as keys
    inner join identity_company_profiles as profiles on keys.profile_id = profiles.profile_id
    inner join numbers_of_key as numbers on keys.key = numbers.key
    left join identity_company_domains as domains on profiles.domain = domains.domain
    where profiles.legal_number is null
),

other_spelling as (
    select
        profiles.profile_id,
        profiles.country,
        domains.legal_number,
        coalesce(bool_or(
            company_owns(profiles.name, profiles.domain_label)
            or company_alike(profiles.name, names.name)
            or (length(names.name) > 3 and contains(profiles.name, names.name))
            or (length(profiles.name) > 3 and contains(names.name, profiles.name))
        ), false) as has_same_name
    from identity_company_profiles as profiles
    anti join same_name on profiles.profile_id = same_name.profile_id and same_name.kind = 'verified_domain'
    inner join identity_company_domains as domains on profiles.domain = domains.domain
    left join names on domains.legal_number = names.legal_number
    where profiles.legal_number is null and profiles.name is not null
    group by profiles.profile_id, profiles.country, domains.legal_number
),

fitting as (
    select profile_id, country, kind, legal_number, true as has_same_name from same_name
    union all
    select profile_id, country, 'verified_domain', legal_number, has_same_name from other_spelling
)

select fitting.profile_id, fitting.kind, fitting.legal_number, fitting.has_same_name
from fitting
where
    fitting.country is null
    or (fitting.legal_number, fitting.country) in (select (legal_number, country) from countries)
