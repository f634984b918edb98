"""Addresses in fewer cells than they have parts are read where they are plain, and left alone where they are not."""

import pytest

from tests.normalising.normal_forms import by_dbt
from tests.normalising.test_clean_columns import clean

PARTS = ("street_clean", "house_number_clean", "postcode_clean", "city_clean")
UTRECHT = ("Dorpsstraat", "18", "3205 AB", "Utrecht")


def parts(country: str | None = None, **block: str) -> tuple[object, ...]:
    row = clean(**block, **({"country": country} if country else {}))
    return tuple(row[column] for column in PARTS)


@pytest.mark.parametrize("column", ["postcode", "city"])
@pytest.mark.parametrize(
    ("text", "country", "postcode", "city"),
    [
        ("3205 AB Utrecht", "NL", "3205 AB", "Utrecht"),
        ("3205ab  Utrecht", "NL", "3205 AB", "Utrecht"),
        ("3205 ab Utrecht", None, "3205 AB", "Utrecht"),
        ("NL-3205 AB, 's-Gravenhage", "NL", "3205 AB", "'s-Gravenhage"),
        ("75001 Paris", "FR", "75001", "Paris"),
        ("75015 Paris Cedex 15", None, "75015", "Paris Cedex 15"),
        ("D-10115 Berlin", "DE", "10115", "Berlin"),
        ("D 10115 Berlin", None, "10115", "Berlin"),
        ("8660 De Panne", "BE", "8660", "De Panne"),
        ("8660 De Panne", None, "8660", "De Panne"),
        ("9000 St. Gallen", "CH", "9000", "St. Gallen"),
        ("118 11 Stockholm", "SE", "118 11", "Stockholm"),
        ("00-950 Warszawa", "PL", "00-950", "Warszawa"),
        ("100000 北京", "CN", "100000", "北京"),
        ("London SW1A 1AA", "GB", "SW1A 1AA", "London"),
        ("Springfield, IL 62701", "US", "62701", "Springfield"),
        ("Gent 9000", "BE", "9000", "Gent"),
    ],
)
def test_postcode_and_town_may_stand_in_one_cell(
    column: str, text: str, country: str | None, postcode: str, city: str
) -> None:
    assert parts(country, **{column: text}) == (None, None, postcode, city)


@pytest.mark.parametrize("column", ["street", "postcode", "city"])
@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("Dorpsstraat 18, 3205 AB Utrecht", "NL", UTRECHT),
        ("Dorpsstraat 18 3205AB Utrecht", None, UTRECHT),
        ("Dorpsstraat 18\n3205 AB\nUtrecht", "NL", UTRECHT),
        ("Dorpsstraat 18, Utrecht, 3205 AB", "NL", UTRECHT),
        ("Dorpsstraat 18, 3205 AB Utrecht, Nederland", None, UTRECHT),
        ("Dorpsstraat 18 II, 3205 AB Utrecht", "NL", ("Dorpsstraat", "18 II", "3205 AB", "Utrecht")),
        ("Hauptstraße 18, D-10115 Berlin", "DE", ("Hauptstraße", "18", "10115", "Berlin")),
        ("12, rue de la Paix, 75001 Paris", "FR", ("rue de la Paix", "12", "75001", "Paris")),
        ("12 rue de la Paix, 75001 Paris", None, ("rue de la Paix", "12", "75001", "Paris")),
        ("Storgatan 5, 118 11 Stockholm", "SE", ("Storgatan", "5", "118 11", "Stockholm")),
        ("10 Downing Street, London SW1A 2AA", "GB", ("Downing Street", "10", "SW1A 2AA", "London")),
    ],
)
def test_a_whole_address_may_stand_in_one_cell(
    column: str, text: str, country: str | None, expected: tuple[str, ...]
) -> None:
    assert parts(country, **{column: text}) == expected


@pytest.mark.parametrize("text", ["Dorpsstraat 18, Utrecht", "Dorpsstraat 18, Utrecht, Nederland"])
def test_a_street_with_its_number_may_bring_the_town(text: str) -> None:
    assert parts("NL", street=text) == ("Dorpsstraat", "18", None, "Utrecht")


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"city": "3205 AB Utrecht", "postcode": "3205AB"}, (None, None, "3205 AB", "Utrecht")),
        ({"postcode": "3205 AB Utrecht", "city": "UTRECHT"}, (None, None, "3205 AB", "UTRECHT")),
        ({"street": "Dorpsstraat", "house_number": "18", "city": "3205 AB Utrecht"}, UTRECHT),
        ({"street": "Plein 1944", "house_number": "12", "postcode": "3205 AB", "city": "Utrecht"}, ("Plein 1944", "12", "3205 AB", "Utrecht")),
        ({"street": "Plein 1944 12", "city": "Utrecht"}, ("Plein 1944", "12", None, "Utrecht")),
        ({"street": "Plein 1944"}, ("Plein", "1944", None, None)),
        ({"city": "Dublin 4"}, (None, None, None, "Dublin 4")),
        ({"street": "Dorpsstraat, boven"}, ("Dorpsstraat, boven", None, None, None)),
        ({"postcode": "3205", "city": "Utrecht"}, (None, None, None, "Utrecht")),
    ],
)  # fmt: skip
def test_cells_of_their_own_stay_as_they_are(block: dict[str, str], expected: tuple[object, ...]) -> None:
    assert parts("NL", **block) == expected


@pytest.mark.parametrize(
    "spellings",
    [
        ("18 II", "18-II", "18II", "18-2", "18 2", "18/2"),
        ("18 I", "18-I", "18-1"),
        ("18 hs", "18-HS", "18hs", "18 huis"),
        ("18 bis", "18-BIS", "18bis"),
        ("18 IV", "18-4"),
    ],
    ids=lambda spellings: spellings[0],
)
def test_additions_of_a_house_number_have_one_form(spellings: tuple[str, ...]) -> None:
    assert (
        len(set(by_dbt("house_key", [clean(house_number=one)["house_number_clean"] for one in spellings])))
        == 1
    )  # type: ignore[misc]


@pytest.mark.parametrize(
    "spellings",
    [
        ("Frankfurt am Main", "Frankfurt/Main", "Frankfurt a.M.", "FRANKFURT (MAIN)", "Frankfurt"),
        ("Den Haag", "'s-Gravenhage", "The Hague"),
        ("'s-Hertogenbosch", "Den Bosch"),
        ("Köln", "Koeln", "Cologne", "KÖLN"),
        ("Gießen", "GIESSEN"),
        ("Liège", "Luik"),
        ("Alphen aan den Rijn", "Alphen a/d Rijn"),
    ],
    ids=lambda spellings: spellings[0],
)
def test_spellings_of_a_town_are_one(spellings: tuple[str, ...]) -> None:
    assert len(set(by_dbt("town_key", spellings))) == 1


def test_other_towns_stay_apart() -> None:
    towns = [
        "Bergen op Zoom",
        "Bergen",
        "Frankfurt",
        "Frankenthal",
        "Aachen",
        "Amberg",
        "Amsterdam",
        "Den Helder",
        "上海",
        "北京",
    ]
    assert len(set(by_dbt("town_key", towns))) == len(towns)


@pytest.mark.parametrize(
    ("refused", "known"),
    [
        ("de|80331|3|muellerstr", "de|80331|3|mullerstr"),
        ("de|1067|3|hauptstr", "de|01067|3|hauptstr"),
        ("dk|8000|3|aaboulevarden", "dk|8000|3|aboulevarden"),
        ("de|80331|14~16|hauptstr", "de|80331|14|hauptstr"),
        ("de|80331|16|hauptstr", "de|80331|14~16|hauptstr"),
        ("town|de|muenchen|14~16|hauptstr", "town|de|munchen|16|hauptstr"),
        ("de|80331|14~18|hauptstr", "de|80331|16|hauptstr"),
        ("de|80331|15|hauptstr", "de|80331|14~17|hauptstr"),
        ("town|gb|leeds|1~200", "town|gb|leeds|200"),
    ],
)
def test_a_refusal_and_an_address_meet_in_a_loose_form(refused: str, known: str) -> None:
    one, other = by_dbt("loose_addresses", [refused, known])
    assert {*one} & {*other}


@pytest.mark.parametrize(
    ("refused", "known"),
    [
        ("nl|3205 ab|14~2", "nl|3205 ab|14"),
        ("nl|3205 ab|14~2", "nl|3205 ab|2"),
        ("de|80331|14~16|hauptstr", "de|80331|15|hauptstr"),
        ("gb|ls1 4ab|1~200", "gb|ls1 4ab|100"),
        ("de|10670|3|hauptstr", "de|01067|3|hauptstr"),
    ],
)
def test_other_addresses_do_not(refused: str, known: str) -> None:
    one, other = by_dbt("loose_addresses", [refused, known])
    assert not {*one} & {*other}


@pytest.mark.parametrize(
    ("text", "country", "meant"),
    [
        ("80331.0", "DE", "80331"),
        ("80331,0", None, "80331"),
        ("80331.00", "DE", "80331"),
        ("1067.0", "DE", "1067"),
        ("9000.0", "BE", "9000"),
        ("11810.0", "SE", "118 10"),
        ("00-950", "PL", "00-950"),
    ],
)
def test_a_postcode_that_became_a_float_is_whole_again(text: str, country: str | None, meant: str) -> None:
    assert clean(postcode=text, **({"country": country} if country else {}))["postcode_clean"] == meant


@pytest.mark.parametrize("text", ["2O4O HB", "2o4ohb", "2040hb", " 2O40 HB"])
def test_letters_in_the_digits_of_a_dutch_postcode_are_digits(text: str) -> None:
    assert clean(postcode=text, country="NL")["postcode_clean"] == "2040 HB"


def test_other_house_numbers_stay_apart() -> None:
    numbers = ["18", "18A", "182", "18 II", "18 III", "18 BIS", "18 HS", "18 X", "II"]
    assert len(set(by_dbt("house_key", numbers))) == len(numbers)
    assert by_dbt("house_key", [None]) == [None]
