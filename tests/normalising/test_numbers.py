"""Phone, VAT and enterprise numbers, countries and languages."""

import pytest

from pipelines.normalising.legal_and_phone_numbers import company_number, e164, vat_number
from pipelines.normalising.territories import country_code, language_code


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("06-12345678", "NL", "+31612345678"),
        ("+31 (0)6 1234 5678", None, "+31612345678"),
        ("0031612345678", "NL", "+31612345678"),
        ("070-123 45 67", "SE", "+46701234567"),
        ("138 1234 5678", "CN", "+8613812345678"),
        ("06-12345678", None, None),
        ("12345", "NL", None),
        ("onbekend", "NL", None),
    ],
)
def test_phones_become_e164(text: str, country: str | None, expected: str | None) -> None:
    assert e164(text, country) == expected


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("NL 0044.95.445.B.01", None, "NL004495445B01"),
        ("004495445B01", "NL", "NL004495445B01"),
        ("BE0403.170.701", "NL", "BE0403170701"),
        ("403.170.701", "BE", "BE0403170701"),
        ("BE0403170702", "BE", None),
        ("SE556188840401", None, "SE556188840401"),
        ("GB 980 7806 84", None, "GB980780684"),
        ("91110000600037341L", "CN", "CN91110000600037341L"),
        ("EL 094259216", None, "GR094259216"),
        ("12345", None, None),
        ("-", "NL", None),
    ],
)
def test_vat_numbers_are_checked_and_prefixed(text: str, country: str | None, expected: str | None) -> None:
    assert vat_number(text, country) == expected


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("KvK 12345678", "NL", "NL12345678"),
        ("1234567", "NL", None),
        ("0403.170.701", "BE", "BE0403170701"),
        ("BE 0403.170.701", None, "BE0403170701"),
        ("556188-8404", "SE", "SE5561888404"),
        ("556188-8405", "SE", None),
        ("91110000600037341L", None, "CN91110000600037341L"),
        ("1234567", "GB", "GB01234567"),
        ("SC123456", "GB", "GBSC123456"),
        ("HRB 12345", "DE", "DEHRB12345"),
        ("nvt", "DE", None),
        ("12345678", None, None),
    ],
)
def test_company_numbers_are_checked_and_prefixed(
    text: str, country: str | None, expected: str | None
) -> None:
    assert company_number(text, country) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NL", "NL"),
        ("nld", "NL"),
        ("Nederland", "NL"),
        ("The Netherlands", "NL"),
        ("Holland", "NL"),
        ("荷兰", "NL"),
        ("België", "BE"),
        ("BELGIE", "BE"),
        ("Belgique", "BE"),
        ("B", "BE"),
        ("Sverige", "SE"),
        ("Zweden", "SE"),
        ("中国", "CN"),
        ("China", "CN"),
        ("UK", "GB"),
        ("Verenigd Koninkrijk", "GB"),
        ("U.S.A.", "US"),
        ("Duitsland", "DE"),
        ("zz", None),
        ("Mars", None),
    ],
)
def test_countries_in_many_languages(text: str, expected: str | None) -> None:
    assert country_code(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nl", "nl"),
        ("nl-BE", "nl"),
        ("zh_Hans_CN", "zh"),
        ("NLD", "nl"),
        ("Nederlands", "nl"),
        ("Vlaams", "nl"),
        ("svenska", "sv"),
        ("Swedish", "sv"),
        ("中文", "zh"),
        ("English", "en"),
        ("klingon?", None),
    ],
)
def test_languages_in_many_languages(text: str, expected: str | None) -> None:
    assert language_code(text) == expected
