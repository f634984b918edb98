-- Profiles that name a company: identity_company_profiles, one row per profile with a company name or legal number.
create or replace temp table identity_company_profiles as
with naming as (
    select
        seen.profile_id,
        seen.makes_people,
        seen.company_number_clean as company_number,
        -- A Swedish VAT number is the enterprise number and 01, a French one ends in it; Belgium and China write one number.
        case left(seen.vat_number_clean, 2)
            when 'BE' then seen.vat_number_clean
            when 'CN' then seen.vat_number_clean
            when 'SE' then left(seen.vat_number_clean, 12)
            when 'FR' then 'FR' || right(seen.vat_number_clean, 9)
            else 'VAT ' || seen.vat_number_clean
        end as vat_number,
        seen.company_name_clean as written_name,
        seen.country_clean as country,
        seen.city_clean as city,
        seen.postcode_clean as postcode,
        seen.phone_clean as phone,
        split_part(seen.email_clean, '@', 1) as email_local,
        websites.domain is not null as has_website,
        coalesce(websites.domain, split_part(seen.email_clean, '@', 2)) as written_domain
    from scratch.intermediate.int_profiles_seen as seen
    left join identity_company_websites as websites on seen.profile_id = websites.profile_id
    where coalesce(seen.company_number_clean, seen.vat_number_clean, seen.company_name_clean) is not null
),

names as (
    select
        written_name,
        company_name(written_name) as name,
        -- Van Dijk and De Molen count as one word.
        contains(
            regexp_replace(
                company_words(written_name), '^((de|het|''t|the|van|von|der|den|ten|ter|la|le|les|el|il) )+', ''
            ),
            ' '
        )
        or regexp_matches(written_name, '\p{Han}{4}') as has_long_name
    from (select distinct written_name from naming)
    where not regexp_full_match(lower(trim(written_name)), {no_company})
),

domains as (
    select
        written.written_domain as domain,
        company_label(written.written_domain) as domain_label
    from (select distinct written_domain from naming) as written
    anti join identity_private_mail as private_mail on written.written_domain = private_mail.domain
    where written.written_domain <> '' and not regexp_full_match(written.written_domain, {private_mail})
),

profiles as (
    select
        naming.* exclude (written_name, written_domain),
        names.name,
        coalesce(names.has_long_name, false) as has_long_name,
        domains.domain,
        domains.domain_label
    from naming
    left join names on naming.written_name = names.written_name
    left join domains on naming.written_domain = domains.domain
    where coalesce(naming.company_number, naming.vat_number, names.name) is not null
),

-- Companies of one group may share a VAT number, which then identifies none of them.
numbers_of_vat as (
    select vat_number, min(company_number) as company_number, count(distinct company_number) as number_count
    from profiles
    where vat_number is not null
    group by vat_number
),

legal as (
    select
        profiles.*,
        coalesce(
            profiles.company_number,
            case numbers.number_count when 1 then numbers.company_number when 0 then profiles.vat_number end
        ) as legal_number
    from profiles
    left join numbers_of_vat as numbers on profiles.vat_number = numbers.vat_number
),

-- A default, or a number copied from an example, has many names, none of which prevails.
nobodys_numbers as (
    select legal_number
    from (
        select legal_number, name, count(*) as profile_count
        from legal
        where legal_number is not null and name is not null
        group by legal_number, name
    )
    group by legal_number
    having count(*) > {names_per_number} and max(profile_count) * 2 < sum(profile_count)
)

select
    legal.* exclude (company_number, legal_number, phone),
    case when nobodys_numbers.legal_number is null then legal.legal_number end as legal_number,
    case when bad_phones.value is null then legal.phone end as phone,
    people.person_id
from legal
left join nobodys_numbers on legal.legal_number = nobodys_numbers.legal_number
left join customers.identity.bad_values as bad_phones
    on bad_phones.field = 'phone' and legal.phone = bad_phones.value
left join identity.profile_person as people on legal.profile_id = people.profile_id
