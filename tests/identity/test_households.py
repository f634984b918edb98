"""Who lives together, and since when."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.identity.rules import read_rules
from tests.identity.small_company import Company, side_by_side

HOME = {"street": "Kerkstraat", "house_number": "12", "postcode": "1234 AB", "country": "NL"}
NEXT = {"street": "Molenweg", "house_number": "3", "postcode": "9999 ZZ", "country": "NL"}
JAN = {"given_name": "Jan", "family_name": "Jansen", "birth_date": "1970-05-01"}
ANNA = {"given_name": "Anna", "family_name": "de Boer", "birth_date": "1972-07-03"}
PIET = {"given_name": "Piet", "family_name": "Jansen", "birth_date": "2001-02-09"}


def _now(found: Company) -> dict[int, int]:
    return dict(
        found.rows("select person_id, household_id from identity.person_household where valid_to is null")
    )


def _history(found: Company) -> list[tuple]:
    return found.rows(
        "select household_id, person_id, valid_from::date::varchar, valid_to::date::varchar "
        "from identity.person_household order by person_id, valid_from"
    )


def _seen(first: str, last: str | None = None) -> dict[str, str]:
    return {"first_seen_at": first, "last_seen_at": last or first}


@pytest.mark.parametrize(
    "family_name", ["Jansen", "JANSEN", "Jansen-de Boer", "de Boer-Jansen", "Janssen", "van Jansen"]
)
def test_people_of_one_family_name_at_one_address_are_a_household(family_name: str) -> None:
    assert _now(Company([{**JAN, **HOME}, {**ANNA, **HOME, "family_name": family_name}])) == {1: 1, 2: 1}


def test_an_address_alone_makes_no_household_and_neither_does_a_name() -> None:
    assert _now(Company([{**JAN, **HOME}, {**ANNA, **HOME}, {**PIET, **NEXT}])) == {1: 1, 2: 2, 3: 3}


def test_father_and_son_of_one_name_are_two_people_and_one_household() -> None:
    found = Company([{**JAN, **HOME}, {**JAN, **HOME, "birth_date": "2001-02-09"}])
    assert found.person == {1: 1, 2: 2}
    assert _now(found) == {1: 1, 2: 1}


@pytest.mark.parametrize("point", [{"phone": "+31201234567"}, {"email": "fam.jansen@home.nl"}])
def test_a_couple_of_two_names_is_known_by_a_phone_or_mailbox_they_share(point: dict[str, str]) -> None:
    anna = {**ANNA, "customer_number": "7"}
    found = Company(
        [{**JAN, **HOME, **point}, {**anna, **HOME}, {**anna, **point}, {**PIET, **NEXT, **point}]
    )
    now = _now(found)
    assert now[found.person[1]] == now[found.person[2]] == 1
    assert now[found.person[4]] == 4


def test_a_phone_at_work_ties_nobody_and_a_companys_address_is_no_home() -> None:
    work = {"phone": "+31201234567", "company_name": "De Korenaar"}
    found = Company([{**JAN, **HOME}, {**JAN, **work, **NEXT}, {**ANNA, **HOME}, {**ANNA, **work, **NEXT}])
    people = set(found.person.values())
    now = _now(found)
    assert set(now) <= people
    assert now[found.person[1]] != now[found.person[3]]
    assert not found.rows("select 1 from identity.person_household where postcode_area = '9999'")


def test_a_postcode_area_of_few_people_is_left_empty() -> None:
    home, next_door = HOME | {"postcode_area": "1234"}, NEXT | {"postcode_area": "9999"}
    people = [{**JAN, **home}, {**ANNA, **home}, {**PIET, **next_door}]
    areas = "select person_id, postcode_area from identity.person_household order by person_id"
    assert Company(people).rows(areas) == [(1, "1234"), (2, "1234"), (3, "9999")]
    assert Company(people, small_group_size=2).rows(areas) == [(1, "1234"), (2, "1234"), (3, None)]


def test_a_door_has_an_addition_however_it_is_written() -> None:
    doors = ["12-3", "12/3", "12 BUS 3", "123", "12", "12-4"]
    people = [
        {**HOME, "house_number": door, "given_name": f"N{chr(97 + place) * 3}", "family_name": "Jansen"}
        for place, door in enumerate(doors)
    ]
    assert _now(Company(people)) == {1: 1, 2: 1, 3: 1, 4: 4, 5: 5, 6: 6}


def test_a_postcode_of_a_whole_town_needs_the_street_too() -> None:
    town = {"postcode": "2000", "country": "BE", "house_number": "12"}
    found = Company(
        [
            {**JAN, **town, "street": "Kerkstraat"},
            {**PIET, **town, "street": "Kerkstr."},
            {**ANNA, **town, "street": "Molenweg", "family_name": "Jansen"},
        ]
    )
    assert _now(found) == {1: 1, 2: 1, 3: 3}


def test_many_family_names_at_one_address_are_many_doors() -> None:
    limit = read_rules().crowded_address
    others = [
        {**HOME, "given_name": f"N{chr(97 + n) * 3}", "family_name": f"Ander{chr(97 + n) * 5}"}
        for n in range(limit - 1)
    ]
    phone = {"phone": "+31201234567"}
    assert _now(Company([{**JAN, **HOME}, {**PIET, **HOME}, *others[1:]]))[2] == 1
    assert _now(Company([{**JAN, **HOME}, {**PIET, **HOME}, *others]))[2] == 2
    assert _now(Company([{**JAN, **HOME, **phone}, {**PIET, **HOME, **phone}, *others]))[2] == 1


def test_more_people_than_a_house_holds_are_no_household() -> None:
    limit = read_rules().living_together.members
    people = [
        {**HOME, "given_name": f"N{chr(97 + n) * 3}", "family_name": "Jansen"} for n in range(limit + 1)
    ]
    assert set(_now(Company(people[:limit])).values()) == {1}
    assert _now(Company(people)) == {}


def test_who_moves_leaves_one_household_and_joins_another() -> None:
    number = {"customer_number": "7"}
    found = Company(
        [
            {**JAN, **HOME, **_seen("2024-01-01", "2026-01-01")},
            {**PIET, **HOME, **number, **_seen("2024-02-01", "2024-06-01")},
            {**ANNA, **NEXT, "family_name": "Jansen", **_seen("2024-03-01", "2026-02-01")},
            {**PIET, **NEXT, **number, **_seen("2025-01-01", "2026-01-01")},
        ]
    )
    assert _now(found) == {1: 1, 2: 2, 3: 2}
    assert _history(found) == [
        (1, 1, "2024-01-01", None),
        (1, 2, "2024-02-01", "2025-01-01"),
        (2, 2, "2025-01-01", None),
        (2, 3, "2024-03-01", None),
    ]


def test_a_family_that_moves_stays_one_household_without_a_break() -> None:
    found = Company(
        [
            {**JAN, "customer_number": "1", **HOME, **_seen("2024-01-01")},
            {**PIET, "customer_number": "2", **HOME, **_seen("2024-02-01")},
            {**JAN, "customer_number": "1", **NEXT, **_seen("2025-01-01")},
            {**PIET, "customer_number": "2", **NEXT, **_seen("2025-06-01")},
        ]
    )
    assert _history(found) == [(1, 1, "2024-01-01", None), (1, 2, "2024-02-01", None)]


def test_those_who_stay_keep_no_number_of_the_one_who_left() -> None:
    found = Company(
        [
            {**JAN, "customer_number": "1", **HOME, **_seen("2024-01-01")},
            {**PIET, **HOME, **_seen("2024-02-01")},
            {**JAN, "customer_number": "1", **NEXT, **_seen("2025-01-01")},
        ]
    )
    assert _now(found) == {1: 1, 2: 2}
    assert _history(found) == [
        (2, 1, "2024-01-01", "2025-01-01"),
        (1, 1, "2025-01-01", None),
        (2, 2, "2024-02-01", None),
    ]


def test_an_address_seen_once_within_the_time_of_another_is_no_move() -> None:
    number = {"customer_number": "1"}
    found = Company(
        [
            {**JAN, **number, **HOME, **_seen("2024-01-01", "2026-01-01")},
            {**JAN, **number, **NEXT, **_seen("2025-01-01")},
        ]
    )
    assert _history(found) == [(1, 1, "2024-01-01", None)]


_COMPANY = st.lists(
    st.fixed_dictionaries(
        {
            "given_name": st.sampled_from(["Jan", "Anna"]),
            "family_name": st.sampled_from(["Jansen", "de Boer", "Jansen-de Boer"]),
            "days": st.tuples(st.integers(1, 28), st.integers(1, 28)),
            "home": st.sampled_from([HOME, NEXT, {}]),
        },
        optional={"customer_number": st.sampled_from(["1", "2", "3"]), "phone": st.just("+31201234567")},
    ),
    max_size=8,
)


# Five companies in a resolution, which costs as much as one: 25 of them, and the simplest ones first.
@settings(deadline=None, max_examples=6)
@given(st.lists(_COMPANY, min_size=5, max_size=5))
def test_nobody_lives_in_two_households_at_a_time(companies: list[list[dict]]) -> None:
    sightings = [one for company in companies for one in company]
    found = Company(
        side_by_side(
            [
                [
                    {key: value for key, value in one.items() if key not in ("days", "home")}
                    | one["home"]
                    | _seen(f"2025-01-{min(one['days']):02}", f"2025-01-{max(one['days']):02}")
                    for one in company
                ]
                for company in companies
            ]
        )
    )
    housed = {found.person[place] for place, one in enumerate(sightings, start=1) if one["home"]}
    assert set(_now(found)) == housed
    stays: dict[int, list[tuple]] = {}
    for household, person, start, end in _history(found):
        stays.setdefault(person, []).append((start, end or "9999"))
        assert start < (end or "9999")
        assert household in set(found.person.values())
    for person_stays in stays.values():
        assert all(one[1] == other[0] for one, other in pairwise(person_stays))
    now = _now(found)
    assert all(household == min(p for p, h in now.items() if h == household) for household in now.values())
