"""What each column of the contact block becomes."""

from collections.abc import Sequence
from datetime import date

import duckdb
import pytest

from pipelines.contracts import CONTACT_BLOCK
from pipelines.normalising import CLEAN_COLUMNS, CLEAN_DESCRIPTIONS, add_clean_columns


def clean(formats: Sequence[str] = (), **block: str) -> dict[str, object]:
    connection = duckdb.connect()
    columns = ", ".join(f"?::varchar as {column}" for column in CONTACT_BLOCK)
    connection.execute(
        f"create temp table blocks as select 7 as profile_id, {columns}",
        [block.get(column) for column in CONTACT_BLOCK],
    )
    add_clean_columns(connection, "blocks", "cleaned", formats)
    result = connection.execute("select * from cleaned")
    names = [column[0] for column in result.description]
    (row,) = result.fetchall()
    return dict(zip(names, row, strict=True))


def test_the_target_has_the_source_columns_then_the_typed_clean_columns() -> None:
    connection = duckdb.connect()
    connection.execute(
        f"create temp table blocks (profile_id bigint, {', '.join(f'{c} varchar' for c in CONTACT_BLOCK)})"
    )
    add_clean_columns(connection, "blocks", "cleaned", ["%d-%m-%Y"])
    described = [(row[0], row[1]) for row in connection.execute("describe cleaned").fetchall()]
    assert described[: 1 + len(CONTACT_BLOCK)] == [
        ("profile_id", "BIGINT"),
        *((c, "VARCHAR") for c in CONTACT_BLOCK),
    ]
    assert dict(described[1 + len(CONTACT_BLOCK) :]) == CLEAN_COLUMNS
    assert CLEAN_COLUMNS.keys() == CLEAN_DESCRIPTIONS.keys()


def test_no_working_table_is_left_and_the_text_as_sent_stays() -> None:
    connection = duckdb.connect()
    values = ", ".join(f"'  \uff21Å {c} '::varchar as {c}" for c in CONTACT_BLOCK)
    connection.execute(f"create temp table blocks as select {values}")
    add_clean_columns(connection, "blocks", "cleaned")
    assert {row[0] for row in connection.execute("show tables").fetchall()} == {"blocks", "cleaned"}
    assert connection.execute("select given_name from cleaned").fetchall() == [("  \uff21Å given_name ",)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Renée ", "Renée"),
        ("Jan  Willem", "Jan Willem"),
        ("\uff2aan", "Jan"),
        ("Rene\u0301e", "Renée"),
        ("Jan\u200b", "Jan"),
        ("Na", "Na"),
        ("小明", "小明"),
        ("J.P.", "J.P."),
        ("nvt", None),
        ("N/A", None),
        ("-", None),
        ("TEST", None),
        ("onbekend", None),
        ("未知", None),
        ("123", None),
        ("", None),
    ],
)
def test_given_names_keep_case_and_diacritics_and_lose_placeholders(text: str, expected: str | None) -> None:
    assert clean(given_name=text)["given_name_clean"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("van den Berg", "van den Berg"),
        ("Berg, van den", "van den Berg"),
        ("Zand, van 't", "van 't Zand"),
        ("Öberg-Lund", "Öberg-Lund"),
        ("Smith, Jones", "Smith, Jones"),
    ],
)
def test_a_prefix_sorted_behind_the_family_name_comes_back_in_front(text: str, expected: str) -> None:
    assert clean(family_name=text)["family_name_clean"] == expected


@pytest.mark.parametrize("full_name", ["nvt nvt", "dhr. nvt nvt", "Onbekend, Onbekend", "xxx xxx"])
def test_what_stands_in_both_halves_of_a_full_name_to_fill_it_is_no_name(full_name: str) -> None:
    row = clean(full_name=full_name)
    assert (row["given_name_clean"], row["family_name_clean"]) == (None, None)


def test_a_full_name_fills_only_what_is_absent() -> None:
    row = clean(full_name="Jan van den Berg", family_name="Berg")
    assert (row["given_name_clean"], row["family_name_clean"]) == ("Jan", "Berg")
    row = clean(full_name="onbekend")
    assert (row["given_name_clean"], row["family_name_clean"]) == (None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vrouw", "female"),
        ("v", "female"),
        ("Mevr.", "female"),
        ("kvinna", "female"),
        ("女", "female"),
        ("F", "female"),
        ("man", "male"),
        ("dhr.", "male"),
        ("herr", "male"),
        ("男", "male"),
        ("M", "male"),
        ("X", "other"),
        ("m/v", None),
        ("1", None),
        ("", None),
    ],
)
def test_gender_words_of_many_languages(text: str, expected: str | None) -> None:
    assert clean(gender=text)["gender_clean"] == expected


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("03-02-1980", ["%d-%m-%Y"], date(1980, 2, 3)),
        ("1980/02/03", ["%d-%m-%Y", "%Y/%m/%d"], date(1980, 2, 3)),
        ("1980-02-03", ["%d-%m-%Y"], date(1980, 2, 3)),
        ("1980-02-03 00:00:00", [], date(1980, 2, 3)),
        ("1980-02-03T00:00:00Z", [], date(1980, 2, 3)),
        ("19800203", [], date(1980, 2, 3)),
        ("31-02-1980", ["%d-%m-%Y"], None),
        ("1980-02-31", [], None),
        ("1900-01-01", [], None),
        ("1899-12-31", [], None),
        ("0001-01-01", [], None),
        ("9999-12-31", [], None),
        ("epoch", [], None),
        ("03-02-1980", [], None),
        ("it's", ["%d'%m"], None),
    ],
)
def test_birth_dates_by_the_contracts_formats_then_iso(
    text: str, formats: list[str], expected: date | None
) -> None:
    assert clean(formats, birth_date=text)["birth_date_clean"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Jan.Jansen@Example.NL ", "jan.jansen@example.nl"),
        ("mailto:jan@example.nl", "jan@example.nl"),
        ("Jan Jansen <jan@example.nl>", "jan@example.nl"),
        ("jan+nieuws@mail.example.co.uk", "jan+nieuws@mail.example.co.uk"),
        ("o'neill@example.ie", "o'neill@example.ie"),
        ("info@münchen.de", "info@xn--mnchen-3ya.de"),
        ("jan@localhost", None),
        ("jan@@example.nl", None),
        ("jan..jansen@example.nl", None),
        ("jan@example..nl", None),
        ("jan@-example.nl", None),
        ("jan jansen@example.nl", None),
        ("a@b.nl, c@d.nl", None),
        ("n/a", None),
        ("x" * 65 + "@example.nl", None),
    ],
)
def test_emails_are_lower_case_and_checked(text: str, expected: str | None) -> None:
    assert clean(email=text)["email_clean"] == expected


@pytest.mark.parametrize(
    ("street", "house_number", "country", "expected"),
    [
        ("Dorpsstraat 12a", None, "NL", ("Dorpsstraat", "12A")),
        ("Dorpsstraat 12 a", None, "NL", ("Dorpsstraat", "12A")),
        ("Plein 1945 12", None, "NL", ("Plein 1945", "12")),
        ("1e Dorpsstraat 7", None, "NL", ("1e Dorpsstraat", "7")),
        ("Kerkstraat 12-3", None, "NL", ("Kerkstraat", "12-3")),
        ("Kerkstraat 12 bus 3", None, "BE", ("Kerkstraat", "12 BUS 3")),
        ("Rue de la Loi, 16", None, "BE", ("Rue de la Loi", "16")),
        ("Storgatan 5 lgh 1102", None, "SE", ("Storgatan", "5 LGH 1102")),
        ("221B Baker Street", None, "GB", ("Baker Street", "221B")),
        ("12 High Street", None, "GB", ("High Street", "12")),
        ("中山路123号", None, "CN", ("中山路", "123")),
        ("北京市朝阳区建国路88号5栋1203室", None, "CN", ("北京市朝阳区建国路", "88号5栋1203室")),
        ("Dorpsstraat", "12 a", "NL", ("Dorpsstraat", "12A")),
        ("Plein 1945", "3", "NL", ("Plein 1945", "3")),
        ("Dorpsstraat", None, "NL", ("Dorpsstraat", None)),
        ("onbekend", None, "NL", (None, None)),
        (None, "5", None, (None, "5")),
    ],
)
def test_the_house_number_is_taken_from_the_street_where_absent(
    street: str | None, house_number: str | None, country: str | None, expected: tuple[str | None, str | None]
) -> None:
    block = {"street": street, "house_number": house_number, "country": country}
    row = clean(**{name: text for name, text in block.items() if text is not None})
    assert (row["street_clean"], row["house_number_clean"]) == expected


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("1234ab", "NL", ("1234 AB", "1234")),
        ("NL-1234 AB", "NL", ("1234 AB", "1234")),
        ("1234", "NL", (None, "1234")),
        ("0234 AB", "NL", (None, None)),
        ("B-1000", "BE", ("1000", "1000")),
        ("12345", "SE", ("123 45", "123")),
        ("SE-123 45", "SE", ("123 45", "123")),
        ("sw1a1aa", "GB", ("SW1A 1AA", "SW1A")),
        ("m1 1ae", "GB", ("M1 1AE", "M1")),
        ("100000", "CN", ("100000", "1000")),
        ("\uff11\uff100000", "CN", ("100000", "1000")),
        ("10115", "DE", ("10115", "101")),
        ("1234 ab", None, ("1234 AB", "123")),
        ("geen", None, (None, None)),
    ],
)
def test_postcodes_by_country(
    text: str, country: str | None, expected: tuple[str | None, str | None]
) -> None:
    row = clean(postcode=text, **({"country": country} if country else {}))
    assert (row["postcode_clean"], row["postcode_area"]) == expected


def test_numbers_are_read_with_the_country_of_the_row() -> None:
    row = clean(
        country="België", phone="0475 12 34 56", company_number="0403.170.701", vat_number="BE 0403.170.701"
    )
    assert row["country_clean"] == "BE"
    assert row["phone_clean"] == "+32475123456"
    assert row["company_number_clean"] == row["vat_number_clean"] == "BE0403170701"


def test_a_number_without_country_is_read_where_it_tells_its_own() -> None:
    row = clean(phone="0031 6 12345678", vat_number="NL004495445B01", language="Nederlands")
    assert row["phone_clean"] is None
    assert row["vat_number_clean"] == "NL004495445B01"
    assert row["language_clean"] == "nl"


def test_placeholders_empty_city_and_company() -> None:
    row = clean(city="ONBEKEND", company_name="n.v.t.")
    assert (row["city_clean"], row["company_name_clean"]) == (None, None)
    assert (
        clean(company_name="Bakkerij  De Korenaar B.V.")["company_name_clean"] == "Bakkerij De Korenaar B.V."
    )
