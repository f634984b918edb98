"""Telephone and customer numbers of refusals meet the known numbers they mean, however they are written."""

import string

import duckdb
import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from pipelines.normalising import REFUSAL_KEYS, add_refusal_keys
from pipelines.normalising.legal_and_phone_numbers import e164, whole_number
from tests.normalising.normal_forms import by_dbt, refusal_keys

# Cells as trials, exports and bug reports of importers show them, with the known numbers they refuse.
CELLS = {
    "06 12345671": ["+31612345671"],
    "06-12345671": ["+31612345671"],
    "06\u201312345671": ["+31612345671"],
    "06.12.34.56.71": ["+33612345671"],
    "+31 6 12345671": ["+31612345671"],
    "+31 (0)6 12345671": ["+31612345671"],
    "+31 06 12345671": ["+31612345671"],
    "+31(0)612345671": ["+31612345671"],
    "(+31) 6 12345671": ["+31612345671"],
    "++31612345671": ["+31612345671"],
    "0031612345671": ["+31612345671"],
    "0031 (0)6-12345671": ["+31612345671"],
    "00 31 6 12345671": ["+31612345671"],
    "011 31 6 12345671": ["+31612345671"],
    "31612345671": ["+31612345671"],
    "612345671": ["+31612345671"],
    "612345671.0": ["+31612345671"],
    "O612345671": ["+31612345671"],
    "O6-I234567l": ["+31612345671"],
    "+31 6 123456 7I": ["+31612345671"],
    "+32 47O 12 34 5l": ["+32470123451"],
    "31612345671.00": ["+31612345671"],
    "3.1612345671E10": ["+31612345671"],
    "3.1612345671e+10": ["+31612345671"],
    "3,1612345671E10": ["+31612345671"],
    "tel:+31-6-12345671": ["+31612345671"],
    "tel:+31-6-12345671;ext=12": ["+31612345671"],
    "06-12345671 ext. 12": ["+31612345671"],
    "06-12345671 x12": ["+31612345671"],
    "020 1234567 toestel 12": ["+31201234567"],
    "p:+31612345671": ["+31612345671"],
    "31612345671@s.whatsapp.net": ["+31612345671"],
    "'0612345671": ["+31612345671"],
    "'+31612345671": ["+31612345671"],
    '="0612345671"': ["+31612345671"],
    "\uff10\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff11": ["+31612345671"],
    "\u0660\u0666\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0661": ["+31612345671"],
    "\u202a+31 6 12345671\u202c": ["+31612345671"],
    "06\xa012345671": ["+31612345671"],
    "06\u200b12345671": ["+31612345671"],
    "+0612345671": ["+31612345671"],
    "06-12345671 / 020-1234567": ["+31612345671", "+31201234567"],
    "06-12345671/020-1234567": ["+31612345671", "+31201234567"],
    "06-12345671/72": ["+31612345671"],
    "06-12345671; 020-1234567": ["+31612345671", "+31201234567"],
    "06-12345671, 020-1234567": ["+31612345671", "+31201234567"],
    "06-12345671\n020-1234567": ["+31612345671", "+31201234567"],
    "06-12345671 of 020-1234567": ["+31612345671", "+31201234567"],
    "Tel 020-1234567 mob 06-12345671": ["+31612345671", "+31201234567"],
    "0612345671 0201234567": ["+31612345671", "+31201234567"],
    "0612345671 - 0201234567": ["+31612345671", "+31201234567"],
    "+31612345671 +31201234567": ["+31612345671", "+31201234567"],
    "513140867 513140868": ["+48513140867", "+48513140868"],
    "+32 475 12 34 56 (werk)": ["+32475123456"],
    "030/1234567": ["+49301234567"],
    "+39 06 1234 5678": ["+390612345678"],
    "+39 (0)6 1234 5678": ["+390612345678"],
    "06 1234 5678": ["+390612345678"],
    "06 1 234 5678": ["+3612345678"],
    "8 (495) 123-45-67": ["+74951234567"],
    "8 0152 45-09-11": ["+375152450911"],
    "8 612 34567": ["+37061234567"],
    "1-555-123-4567": ["+15551234567"],
    "#1 (555) 555 1212": ["+15555551212"],
    "011 15-2345-6789": ["+5491123456789"],
}
UNREADABLE = [
    None,
    "",
    "onbekend",
    "12345",
    "-",
    "112",
    "3.16123E+10",
    "3.16207206E+10",
    "4.41E+11",
    "3.161234567123E10",
    "000000",
]


def test_a_number_is_refused_however_it_is_written() -> None:
    found = [row[1] for row in refusal_keys("phone", list(CELLS))]
    known = [number for numbers in CELLS.values() for number in numbers]
    keys = dict(zip(known, by_dbt("phone_keys", known), strict=True))
    lost = [
        (cell, number)
        for (cell, numbers), refused in zip(CELLS.items(), found, strict=True)
        for number in numbers
        if not set(refused) & set(keys[number])
    ]
    assert not lost


def test_what_has_no_six_digits_or_was_rounded_is_no_number() -> None:
    assert [row[1] for row in refusal_keys("phone", UNREADABLE)] == [[]] * len(UNREADABLE)


def test_a_number_with_a_calling_code_refuses_no_national_number_that_looks_alike() -> None:
    ((_, refused, _, _),) = refusal_keys("phone", ["+1 381 234 5678"])
    assert refused == ["+13812345678"]
    assert by_dbt("phone_keys", ["+8613812345678"]) == [["+8613812345678", "13812345678"]]


def test_what_landing_understood_of_a_number_is_a_key_as_well() -> None:
    connection = duckdb.connect()
    connection.execute(
        "create temp table refusals as select 7 as row_number, null::varchar as email, '1-800-FLOWERS' as phone, "
        "'000882' as customer_number, ' R0012 ' as record_id, '+18003569377' as phone_clean"
    )
    add_refusal_keys(connection, "refusals", "keyed")
    described = {row[0]: row[1] for row in connection.execute("describe keyed").fetchall()}
    assert {name: described[name] for name in REFUSAL_KEYS} == REFUSAL_KEYS
    assert connection.execute("select columns(*) from keyed").fetchall() == [
        (7, None, "1-800-FLOWERS", "000882", " R0012 ", "+18003569377", [], ["+18003569377"], "882", "r0012")
    ]
    tables = {row[0] for row in connection.execute("show tables").fetchall()}
    assert tables == {"refusals", "keyed"}


# Their numbers have fewer than six digits at home.
_SHORT = {"AC", "CK", "FK", "KI", "NU", "SB", "SH", "TA", "TK", "TO", "TV", "VU", "WS"}


@pytest.mark.parametrize("kind", [PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE])
def test_every_region_is_refused_by_its_national_and_international_formats(kind: int) -> None:
    written: list[tuple[str, str, str]] = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        number = phonenumbers.example_number_for_type(region, kind)
        if number is None:
            continue
        known = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        texts = {
            phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
            phonenumbers.format_number(number, PhoneNumberFormat.RFC3966),
            known,
            known.replace("+", "00"),
        }
        if region not in _SHORT:
            national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
            texts |= {
                national,
                "".join(filter(str.isdigit, national)),
                phonenumbers.national_significant_number(number),
            }
        written += [(region, known, text) for text in sorted(texts)]
    keys = by_dbt("phone_keys", [known for _, known, _ in written])
    found = refusal_keys("phone", [text for _, _, text in written])
    lost = [
        case
        for case, of_known, (_, refused, _, _) in zip(written, keys, found, strict=True)
        if not set(of_known) & set(refused)
    ]
    assert len(written) > 1000
    assert not lost


def test_a_known_number_is_parted_where_its_calling_code_ends() -> None:
    numbers = [
        phonenumbers.example_number_for_type(region, kind)
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
    ]
    numbers += [
        phonenumbers.example_number_for_non_geo_entity(code)
        for code in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS
    ]
    known = [number for number in numbers if number is not None]
    texts = [phonenumbers.format_number(number, PhoneNumberFormat.E164) for number in known]
    expected = []
    for number in known:
        national = phonenumbers.national_significant_number(number).lstrip("0")
        expected.append([f"+{number.country_code}{national}", national])
    assert by_dbt("phone_keys", texts) == expected
    assert by_dbt("phone_keys", [None]) == [None]


_WRITTEN = st.lists(
    st.one_of(
        st.text("0123456789+ ()-./", max_size=14),
        st.sampled_from(["06-12345671", "+32475123456", "; ", " ext. 12", "E10", ".0"]),
    ),
    max_size=4,
).map("".join)


@settings(max_examples=10, deadline=None)
@given(st.lists(_WRITTEN, min_size=60, max_size=100))
def test_no_digit_of_a_key_is_invented(cells: list[str]) -> None:
    for cell, (_, keys, _, _) in zip(cells, refusal_keys("phone", cells), strict=True):
        digits = "".join(filter(str.isdigit, cell))
        for key in keys:
            # A calling code may be added; zeros of a calling code or of a float may be left out.
            assert key.lstrip("+")[-5:].replace("0", "") in digits.replace("0", "")
            assert len(key.lstrip("+")) >= 5


NUMBERS = {
    "000882": "882",
    "882": "882",
    "993.0": "993",
    "993,0": "993",
    "993.00": "993",
    "000882.0": "882",
    " 993 ": "993",
    "\uff19\uff19\uff13": "993",
    "9\u200b93": "993",
    "993\xa0": "993",
    "'000882": "882",
    '"000882"': "882",
    '="000882"': "882",
    "1.2345678E7": "12345678",
    "1.0E7": "10000000",
    "1.23456789012e+11": "123456789012",
    "K-0012": "k-0012",
    "A0012": "a0012",
    "0": "0",
    "000": "0",
    "1.000": "1.000",
    "1.23457E+07": "1.23457e+07",
    "1.5E3": "1.5e3",
    "1E5": "1e5",
    "12.5": "12.5",
    "": None,
    "''": None,
}  # fmt: skip


def test_a_customer_number_has_one_form_at_landing_and_in_dbt() -> None:
    assert (
        dict(zip(NUMBERS, [row[2] for row in refusal_keys("customer_number", list(NUMBERS))], strict=True))
        == NUMBERS
    )
    assert [row[3] for row in refusal_keys("record_id", list(NUMBERS))] == list(NUMBERS.values())
    assert by_dbt("number_key", list(NUMBERS)) == list(NUMBERS.values())


@settings(max_examples=10, deadline=None)
@given(st.lists(st.text(string.digits + "0.,eE+-'a ", max_size=12), min_size=60, max_size=100))
def test_the_form_of_a_customer_number_is_one_and_its_own(texts: list[str]) -> None:
    single = [" ".join(text.split()) for text in texts]
    keys = [row[2] for row in refusal_keys("customer_number", single)]
    assert by_dbt("number_key", single) == keys
    plain = [key for key in keys if key is not None and key.isalnum()]
    assert [row[2] for row in refusal_keys("customer_number", plain)] == plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("612345671.0", "+31612345671"),
        ("31612345671.0", "+31612345671"),
        ("3.1612345671E10", "+31612345671"),
        ("3.16123E+10", None),
        ("0612345671.0", None),
    ],
)
def test_a_telephone_number_that_became_a_float_is_a_telephone_number(
    text: str, expected: str | None
) -> None:
    assert e164(text, "NL") == expected


def test_a_whole_number_is_the_same_in_python_and_in_sql() -> None:
    texts = [text for text in NUMBERS if not text.startswith(("0", "'", '"', "=", " ")) and text.isascii()]
    assert [whole_number(text).lower() or None for text in texts] == [NUMBERS[text] for text in texts]
