"""A fast path for plain phone numbers of a frequent country: SQL made from the metadata of phonenumbers."""

from phonenumbers import PhoneMetadata, PhoneNumberDesc, region_code_for_country_code

from pipelines.warehouse.database import text

# With fewer distinct numbers the library is faster than DuckDB compiles the patterns.
WORTHWHILE = 2_000


def plain_number_sql(country: str, phone: str) -> str | None:
    """SQL for the E.164 form of the column `phone`, read in `country`; None if the country needs the library.

    The SQL reads only valid fixed and mobile numbers written as 0..., 0031... or +31... with the usual separators. It is null
    for all others, which the library has to read: foreign and premium numbers, extensions, typing errors. It exists for
    countries whose only prefixes are 0 (national) and 00 (international) and that share their calling code with none, so that
    none of the library's special rules applies. A test compares it with the library.
    """
    metadata = PhoneMetadata.metadata_for_region(country)
    if (
        metadata is None
        or metadata.country_code is None
        or metadata.national_prefix_for_parsing != "0"
        or metadata.national_prefix_transform_rule is not None
        or metadata.international_prefix != "00"
        or metadata.leading_digits is not None
        or metadata.main_country_for_code
        or region_code_for_country_code(metadata.country_code) != country
    ):
        return None
    code = metadata.country_code
    compact = f"translate({phone}, ' ().-/', '')"
    number = f"regexp_extract({compact}, '^(?:(?:\\+|00){code}0?|0)([1-9][0-9]+)$', 1)"
    general = _fits(metadata.general_desc, number)
    valid = f"{general} and ({_fits(metadata.fixed_line, number)} or {_fits(metadata.mobile, number)})"
    return f"case when {valid} then '+{code}' || {number} end"


def _fits(kind: PhoneNumberDesc | None, number: str) -> str:
    if kind is None or kind.national_number_pattern is None:
        return "false"
    lengths = ", ".join(map(str, kind.possible_length)) or "null"
    pattern = text(kind.national_number_pattern)
    return f"(length({number}) in ({lengths}) and regexp_full_match({number}, {pattern}))"
