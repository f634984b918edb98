"""The normalised columns: name, SQL type and meaning."""

CLEAN_COLUMNS: dict[str, str] = {
    "given_name_clean": "VARCHAR",
    "family_name_clean": "VARCHAR",
    "gender_clean": "VARCHAR",
    "birth_date_clean": "DATE",
    "email_clean": "VARCHAR",
    "phone_clean": "VARCHAR",
    "street_clean": "VARCHAR",
    "house_number_clean": "VARCHAR",
    "postcode_clean": "VARCHAR",
    "postcode_area": "VARCHAR",
    "city_clean": "VARCHAR",
    "country_clean": "VARCHAR",
    "language_clean": "VARCHAR",
    "company_name_clean": "VARCHAR",
    "company_number_clean": "VARCHAR",
    "vat_number_clean": "VARCHAR",
}

CLEAN_DESCRIPTIONS: dict[str, str] = {
    "given_name_clean": "Given name or initials, without placeholders; from full_name where absent.",
    "family_name_clean": "Family name with prefix and generation suffix; from full_name where absent.",
    "gender_clean": "female, male or other.",
    "birth_date_clean": "Birth date; empty where impossible, before 1900 or the default 1900-01-01.",
    "email_clean": "E-mail address in lower case, its domain in ASCII; empty where none or more than one is plainly meant.",
    "phone_clean": "Valid phone number in E.164 form.",
    "street_clean": "Street without house number.",
    "house_number_clean": "House number with its addition, in upper case.",
    "postcode_clean": "Postcode in the form of its country; empty where it does not fit that form.",
    "postcode_area": "Coarse postcode: NL and BE 4 digits, CN 4, GB outward code, elsewhere 3 characters.",
    "city_clean": "Place name.",
    "country_clean": "ISO 3166-1 alpha-2 code of the country.",
    "language_clean": "ISO 639-1 code of the language.",
    "company_name_clean": "Company name, legal form kept.",
    "company_number_clean": "Enterprise number after its country code, checked by the country's rule.",
    "vat_number_clean": "VAT number with country prefix, check digits verified.",
}
