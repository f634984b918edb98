-- All columns of the source, then the normalised columns; table.py fills in the names in braces.
create or replace temp table {target} as
with parts as (
    select
        tidy.*,
        language.code as language_clean,
        coalesce(clean_words(tidy.tidy_given_name), clean_words(full_name.given)) as given_name_clean,
        coalesce(clean_family_name(tidy.tidy_family_name), clean_words(full_name.family)) as family_name_clean,
        clean_gender(tidy.tidy_gender) as gender_clean,
        coalesce({contract_date}, clean_iso_date(tidy.tidy_birth_date)) as day_of_birth,
        coalesce(tidy.plain_email, email.clean) as email_clean,
        phone.clean as phone_clean,
        clean_words(tidy.tidy_street) as street_words,
        case
            when tidy.tidy_house_number is null
                then clean_split_address(tidy.tidy_street, tidy.country_clean)
        end as address,
        clean_postcode(tidy.tidy_postcode, tidy.country_clean) as postcode_clean,
        clean_words(tidy.tidy_city) as city_clean,
        clean_words(tidy.tidy_company_name) as company_name_clean,
        company_number.clean as company_number_clean,
        vat_number.clean as vat_number_clean
    from normalising_tidy as tidy
    left join normalising_language as language on tidy.tidy_language = language.language
    left join normalising_full_name as full_name on tidy.tidy_full_name = full_name.full_name
    left join normalising_email as email on tidy.tidy_email = email.email
    left join normalising_phone as phone
        on tidy.tidy_phone = phone.phone and tidy.country_clean is not distinct from phone.country_clean
    left join normalising_company_number as company_number
        on tidy.tidy_company_number = company_number.company_number
        and tidy.country_clean is not distinct from company_number.country_clean
    left join normalising_vat_number as vat_number
        on tidy.tidy_vat_number = vat_number.vat_number
        and tidy.country_clean is not distinct from vat_number.country_clean
)

select
    {columns},
    given_name_clean,
    family_name_clean,
    gender_clean,
    clean_possible_birth_date(day_of_birth) as birth_date_clean,
    email_clean,
    phone_clean,
    coalesce(nullif(address.street, ''), street_words) as street_clean,
    clean_house_number(coalesce(tidy_house_number, nullif(address.number, ''))) as house_number_clean,
    postcode_clean,
    clean_postcode_area(postcode_clean, tidy_postcode, country_clean) as postcode_area,
    city_clean,
    country_clean,
    language_clean,
    company_name_clean,
    company_number_clean,
    vat_number_clean
from parts
