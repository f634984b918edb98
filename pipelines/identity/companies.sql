-- One row per profile that names a company, register entries included: identity.profile_account.
-- A legal number decides; without one the name and postcode, where they fit one legal number or none.

create or replace temp macro identity_company_name(text) as
    identity_fold(regexp_replace(
        regexp_replace(lower(text), '(股份有限公司|有限责任公司|有限公司)$', ''),
        '([ ,]+(b\.?v\.?|n\.?v\.?|bvba|sprl|srl|v\.?o\.?f\.?|c\.?v\.?|ab|hb|kb|ltd|limited|plc|llp|gmbh|ag|kg|s\.?a\.?|sarl|sas|inc|llc|corp|co)\.?)+$',
        ''
    ));

create or replace table identity.profile_account as
with profiles as (
    select
        profile_id,
        company_number_clean as company_number,
        -- A Swedish VAT number is the enterprise number and 01, a French one ends in it; Belgium and China write one number.
        case left(vat_number_clean, 2)
            when 'BE' then vat_number_clean
            when 'CN' then vat_number_clean
            when 'SE' then left(vat_number_clean, 12)
            when 'FR' then 'FR' || right(vat_number_clean, 9)
            else 'VAT ' || vat_number_clean
        end as vat_number,
        identity_company_name(company_name_clean) || chr(31) || postcode_clean as name_and_place,
        company_name_clean
    from scratch.intermediate.int_profiles_seen
    where coalesce(company_number_clean, vat_number_clean, company_name_clean) is not null
),

-- Companies of one group may share a VAT number: it then names none of them.
numbers_of_vat as (
    select vat_number, any_value(company_number) as company_number
    from profiles
    where vat_number is not null and company_number is not null
    group by vat_number
    having count(distinct company_number) = 1
),

legal as (
    select
        profiles.*,
        coalesce(profiles.company_number, numbers_of_vat.company_number, profiles.vat_number) as legal_number
    from profiles
    left join numbers_of_vat on profiles.vat_number = numbers_of_vat.vat_number
),

numbers_of_place as (
    select name_and_place, min(legal_number) as legal_number, count(distinct legal_number) as number_count
    from legal
    where name_and_place is not null and legal_number is not null
    group by name_and_place
),

keyed as (
    select
        legal.profile_id,
        case
            when legal.legal_number is not null then 'same_legal_number'
            when legal.name_and_place is null or coalesce(numbers.number_count, 0) > 1 then 'alone'
            else 'same_name_and_postcode'
        end as rule,
        coalesce(legal.legal_number, numbers.legal_number) as legal_number,
        legal.name_and_place
    from legal
    left join numbers_of_place as numbers on legal.name_and_place = numbers.name_and_place
)

select
    profile_id,
    case
        when rule = 'alone' then profile_id
        when legal_number is not null then min(profile_id) filter (where rule <> 'alone') over (partition by legal_number)
        else min(profile_id) filter (where rule <> 'alone') over (partition by name_and_place, legal_number)
    end as account_id,
    rule
from keyed
order by profile_id
