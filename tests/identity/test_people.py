"""Who is one person, who is not, and why."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from pipelines.errors import StamgastError
from pipelines.identity import IdentityModel
from tests.identity.small_company import RULES_ONLY, SHIPPED, Company, Profile, side_by_side

JAN: Profile = {"given_name": "Jan", "family_name": "Jansen"}
MARIE: Profile = {"given_name": "Marie", "family_name": "Jansen"}
MAIL: Profile = {"email": "jansen@example.nl"}
BORN: Profile = {"birth_date": date(1960, 3, 14)}
BORN_LATER: Profile = {"birth_date": date(1988, 11, 2)}
BORN_TEN_YEARS_LATER: Profile = {"birth_date": date(1970, 11, 2)}


NAMES: list[tuple[Profile, Profile, bool]] = [
    (
        {"given_name": "René", "family_name": "Jansen"},
        {"given_name": "RENE", "family_name": "Jansen"},
        True,
    ),
    (
        {"given_name": "Jan", "family_name": "van den Berg"},
        {"given_name": "Jan", "family_name": "Berg"},
        True,
    ),
    (
        {"given_name": "An", "family_name": "Van den Berghe"},
        {"given_name": "An", "family_name": "Vandenberghe"},
        True,
    ),
    (
        {"given_name": "Ann", "family_name": "Jansen-de Boer"},
        {"given_name": "Ann", "family_name": "de Boer"},
        True,
    ),
    (
        {"given_name": "Ann", "family_name": "Boer-Jansen"},
        {"given_name": "Ann", "family_name": "Jansen-Boer"},
        True,
    ),
    ({"given_name": "J.", "family_name": "Jansen"}, {"given_name": "Jan", "family_name": "Jansen"}, True),
    (
        {"given_name": "Jan P.", "family_name": "Jansen"},
        {"given_name": "Jan", "family_name": "Jansen"},
        True,
    ),
    (
        {"given_name": "M.", "family_name": "Jansen"},
        {"given_name": "Jan", "family_name": "Jansen"},
        False,
    ),
    ({"family_name": "Jansen"}, {"given_name": "Jan", "family_name": "Jansen"}, True),
    ({}, {"given_name": "Jan", "family_name": "Jansen"}, True),
    ({"given_name": "Jan"}, {"given_name": "Jan", "family_name": "Jansen"}, True),
    ({"given_name": "Jan", "family_name": "Jansen"}, {"given_name": "Jan", "family_name": "Smit"}, False),
    (
        {"given_name": "Jan", "family_name": "Jansen"},
        {"given_name": "Piet", "family_name": "Jansen"},
        False,
    ),
    ({"given_name": "明", "family_name": "王"}, {"given_name": "明", "family_name": "王"}, True),
    ({"given_name": "小明", "family_name": "王"}, {"given_name": "小红", "family_name": "王"}, False),
    ({}, {}, True),
]


@cache
def _joined(field: str, value: str) -> list[bool]:
    """Of each pair of names whether they are one person who share a contact point; the pairs are resolved at once, each with a point of its own."""
    point = {field: value}
    pairs = [({**point, **left}, {**point, **right, "feed": "till"}) for left, right, _ in NAMES]
    person = Company(side_by_side(pairs)).person
    return [person[2 * place + 1] == person[2 * place + 2] for place in range(len(pairs))]


@pytest.mark.parametrize("place", range(len(NAMES)))
@pytest.mark.parametrize(
    ("field", "value"), [("email", "a.b@example.nl"), ("phone", "+31612345679"), ("cookie_key", "c")]
)
def test_one_contact_point_joins_compatible_names_only(place: int, field: str, value: str) -> None:
    left, right, is_one = NAMES[place]
    assert _joined(field, value)[place] is is_one, f"{left}, {right}"


def test_a_household_with_one_email_stays_apart_and_who_gives_no_name_joins_nobody() -> None:
    found = Company(
        [{**MAIL, **JAN}, {**MAIL, **MARIE}, {**MAIL}, {**MAIL, "given_name": "J.", "family_name": "Jansen"}]
    )
    assert found.person == {1: 1, 2: 2, 3: 3, 4: 4}
    assert found.rows("from identity.links") == []


def test_a_family_mailbox_asks_for_full_names_even_of_its_first_users() -> None:
    mailbox = {"email": "fam.jansen@example.nl"}
    assert Company([{**mailbox, **JAN}, mailbox, {**mailbox, **JAN, "feed": "till"}]).person == {
        1: 1,
        2: 2,
        3: 1,
    }


def test_two_nameless_customers_behind_one_cookie_or_phone_stay_apart() -> None:
    assert Company(
        [{"cookie_key": "c", "customer_number": "1"}, {"cookie_key": "c", "customer_number": "2"}]
    ).person == {
        1: 1,
        2: 2,
    }
    phone = {"phone": "+31201234567"}
    assert Company([{**phone, "email": "a.b@x.nl"}, {**phone, "email": "c.d@x.nl"}]).person == {1: 1, 2: 2}


def test_two_accounts_of_one_name_do_not_keep_a_nameless_subscriber_away() -> None:
    accounts = [{**MAIL, **JAN, "customer_number": number} for number in ("1", "2")]
    assert Company([*accounts, MAIL]).person == {1: 1, 2: 1, 3: 1}


def test_a_missing_family_name_joins_where_it_fits_one_only() -> None:
    smit = {"given_name": "Jan", "family_name": "Smit"}
    assert Company([{**MAIL, "given_name": "Jan"}, {**MAIL, **JAN}, {**MAIL, **smit}]).person == {
        1: 1,
        2: 2,
        3: 3,
    }


def test_hyphenated_names_bridge_both_halves() -> None:
    names = ("Jansen", "Boer", "Jansen-Boer")
    assert set(
        Company([{**MAIL, "given_name": "Ann", "family_name": name} for name in names]).person.values()
    ) == {1}


def test_a_customer_number_joins_whatever_the_names() -> None:
    numbered = {"customer_number": "17", "number_space": "customers"}
    found = Company([{**numbered, **JAN}, {**numbered, **MARIE, "feed": "till"}])
    assert found.person == {1: 1, 2: 1}
    assert found.rows(
        "select rule, is_cut, given_name_level, family_name_level, birth_date_level from identity.links"
    ) == [("same_customer_number", False, "differs", "exact_rarity_9", None)]


def test_a_record_id_joins_within_its_feed_only() -> None:
    rows = [
        {"record_id": "9", "feed": feed, "email": f"{place}@x.nl"}
        for place, feed in enumerate(["crm", "crm", "list"])
    ]
    assert Company(rows).person == {1: 1, 2: 1, 3: 3}


def test_profiles_of_registers_are_no_people() -> None:
    assert Company([{**MAIL, "makes_people": False}, {**MAIL, **JAN}]).person == {2: 2}


@pytest.mark.parametrize(
    "value",
    [
        {"email": "info@example.nl"},
        {"email": "test@example.nl"},
        {"email": "no-reply@example.nl"},
        {"phone": "+31600000000"},
        {"phone": "+31612345678"},
        {"customer_number": "0"},
        {"customer_number": "N/A"},
        {"record_id": "0"},
    ],
)
def test_placeholders_join_nobody_and_are_logged(value: Profile) -> None:
    found = Company([{**JAN, **value}, {**JAN, **value, "given_name": "jan"}])
    assert found.person == {1: 1, 2: 2}
    assert found.rows("select reason, profile_count from customers.identity.bad_values") == [
        ("placeholder", 2)
    ]


def test_a_value_of_more_than_twenty_given_names_joins_nobody_past_included() -> None:
    crowd = [{**MAIL, "given_name": f"Name{letter}", "family_name": "X"} for letter in "abcdefghijklmnopqrst"]
    rows = [*crowd, {**MAIL, "given_name": "Namea", "family_name": "X", "feed": "till"}]
    found = Company(rows)
    assert found.person[21] == 1
    assert found.rows("from customers.identity.bad_values") == []
    found = Company([*rows, {**MAIL, "given_name": "One more", "family_name": "X"}])
    assert found.person[21] == 21
    assert found.rows("from customers.identity.bad_values") == [
        ("email", "jansen@example.nl", "shared", 22, 21)
    ]


def test_a_number_of_more_than_twenty_birth_dates_joins_nobody() -> None:
    rows = [{"customer_number": "17", "birth_date": date(1950 + year, 3, 14)} for year in range(21)]
    found = Company([*rows, {**rows[0], "feed": "till"}])
    assert len(set(found.person.values())) == 22
    assert found.rows("select field, value, reason from customers.identity.bad_values") == [
        ("customer_number", "17", "shared")
    ]


_ANNELIES = {
    "feed": "shop", "customer_number": "1001", "given_name": "Annelies", "family_name": "de Wit", "email": "annelies@wit.example",
    "country": "NL",
}  # fmt: skip
_LARS = {
    "feed": "store", "customer_number": "1001", "given_name": "Lars", "family_name": "Holm", "email": "lars@holm.example",
    "country": "SE",
}  # fmt: skip
_SAME_NAME = {
    "given_name": "Annelies",
    "family_name": "de Wit",
    "email": "other@post.example",
    "country": "NL",
}


@pytest.mark.parametrize(
    ("left", "right", "people"),
    [
        ({}, {}, 2),  # nobody says that the two feeds number their customers together
        ({}, _SAME_NAME, 1),
        ({"number_space": "all", "email": None}, {"number_space": "all", "email": None}, 1),
        (
            {"number_space": "all"},
            {"number_space": "all"},
            2,
        ),  # but two names in two mailboxes of their own are twins
        ({"number_space": "webshop"}, {"number_space": "tills"}, 2),
        ({"number_space": "webshop"}, {"number_space": "tills"} | _SAME_NAME, 2),
        ({"number_space": "webshop"}, _SAME_NAME, 2),
        ({"email": None}, {"feed": "shop", "email": None}, 1),
    ],
)
def test_one_customer_number_is_one_person_where_contracts_say_so_or_under_a_compatible_name(
    left: Profile, right: Profile, people: int
) -> None:
    found = Company([_ANNELIES | left, _LARS | right])
    assert len(set(found.person.values())) == people


@pytest.mark.parametrize(
    ("left", "right", "rule"),
    [
        # One of the two dates may be mistyped: neither is given by a second profile.
        ({**JAN, **BORN}, {**JAN, **BORN_TEN_YEARS_LATER}, None),
        # Nobody mistypes a generation in three parts of a date.
        ({**JAN, **BORN}, {**JAN, **BORN_LATER}, "birth_date"),
        ({**JAN, **BORN}, {**MARIE, "birth_date": date(1960, 3, 15)}, "given_name_and_birth_date"),
        ({**JAN, "family_name": "Jansen jr."}, {**JAN, "family_name": "Jansen Sr"}, "generation"),
        ({**JAN, "only_number": "1"}, {**JAN, "only_number": "2"}, "customer_number"),
        ({**JAN, **BORN}, {**JAN, "birth_date": date(1960, 3, 15)}, None),
        ({**JAN, **BORN}, {**JAN, "birth_date": date(1988, 1, 1)}, None),
        ({**JAN, "birth_date": date(1960, 3, 4)}, {**JAN, "birth_date": date(1960, 4, 3)}, None),
        (
            {**JAN, "given_name": "Willem", **BORN},
            {**JAN, "given_name": "Wilem", "birth_date": date(1960, 3, 15)},
            None,
        ),
        ({**JAN, **BORN}, {**JAN, "given_name": "Jan Piet", "birth_date": date(1960, 3, 15)}, None),
        ({**JAN, **BORN}, {**MARIE, **BORN}, None),
        # Names written in each other's field are no second name.
        ({**JAN, **BORN}, {"given_name": "Jansen", "family_name": "Jan", **BORN_TEN_YEARS_LATER}, None),
    ],
)
def test_vetoes_part_what_a_record_id_would_join(left: Profile, right: Profile, rule: str | None) -> None:
    rows = []
    for profile in (left, right):
        number = profile.get("only_number")
        said = {field: value for field, value in profile.items() if field != "only_number"}
        rows.append(
            {"record_id": "9", "customer_number": number, "one_number_per_person": bool(number), **said}
        )
    found = Company(rows)
    assert found.person == ({1: 1, 2: 1} if rule is None else {1: 1, 2: 2})
    assert found.rows("from identity.vetoes") == ([] if rule is None else [(1, 2, rule)])
    assert found.rows("select rule, is_cut from identity.links") == [("same_record", rule is not None)]


def test_birth_dates_veto_when_two_profiles_give_each() -> None:
    record: Profile = {**JAN, "record_id": "9"}
    rows: list[Profile] = [
        {**record, **born, "language": language}
        for born, language in ((BORN, "nl"), (BORN, "fr"), (BORN_TEN_YEARS_LATER, "nl"))
    ]
    assert set(Company(rows).person.values()) == {1}
    found = Company([*rows, {**record, **BORN_TEN_YEARS_LATER, "language": "fr"}])
    assert found.person == {1: 1, 2: 1, 3: 3, 4: 3}
    assert {rule for *_, rule in found.rows("from identity.vetoes")} == {"birth_date"}


def test_father_and_son_of_one_name_are_two_and_who_fits_both_is_neither() -> None:
    home: Profile = {**JAN, **MAIL}
    father, son = {**home, **BORN}, {**home, **BORN_LATER}
    found = Company([father, son, {**home, "feed": "tickets"}])
    assert found.person == {1: 1, 2: 2, 3: 3}
    assert (1, 2, "birth_date") in found.rows("from identity.vetoes")


def test_who_fits_the_son_better_than_the_father_is_the_son() -> None:
    home: Profile = {**JAN, **MAIL, "postcode": "3811 AB", "house_number": "3", "country": "NL"}
    ticket: Profile = {**JAN, **MAIL, "phone": "+31612345679", "feed": "tickets"}
    son: Profile = {**home, **BORN_LATER, "phone": "+31612345679"}
    found = Company([{**home, **BORN}, son, ticket], model=SHIPPED)
    assert found.person == {1: 1, 2: 2, 3: 2}


def test_two_dates_and_two_numbers_of_one_feed_are_two_people() -> None:
    record: Profile = {**JAN, "record_id": "9"}
    rows: list[Profile] = [
        {**record, **BORN, "customer_number": "1"},
        {**record, **BORN_TEN_YEARS_LATER, "customer_number": "2"},
    ]
    assert Company(rows).person == {1: 1, 2: 2}
    # The same numbers of two feeds say nothing: each feed counts for itself.
    assert set(Company([rows[0], {**rows[1], "customer_number": None}]).person.values()) == {1}


TWINS: Profile = {
    "family_name": "Dijkhuizen", "birth_date": date(1995, 3, 14), "street": "Beukenlaan", "house_number": "10",
    "postcode": "6711 BC", "city": "Ede", "country": "NL",
}  # fmt: skip


@pytest.mark.parametrize(
    ("names", "sexes", "have_mailboxes"),
    [
        (("Mees", "Kees"), (None, None), True),
        (("Lars", "Lara"), ("male", "female"), False),
        (("Anna", "Hanna"), (None, None), True),
        (("Anna", "Hanna"), (None, None), False),
        (("Daan", "Dana"), ("male", "female"), True),
    ],
)
def test_twins_of_near_names_are_two_people(
    names: tuple[str, str], sexes: tuple[str | None, str | None], have_mailboxes: bool
) -> None:
    rows = [
        {
            **TWINS,
            "given_name": name,
            "gender": sex,
            "email": f"{name.lower()}.dijkhuizen@post.example"
            if have_mailboxes
            else "familie.dijkhuizen@thuis.example",
        }
        for name, sex in zip(names, sexes, strict=True)
        for _ in range(2)
    ]
    assert Company(rows, model=SHIPPED).person == {1: 1, 2: 1, 3: 3, 4: 3}


def test_a_misspelt_name_in_ones_own_mailbox_is_no_twin() -> None:
    mailbox: Profile = {**TWINS, "email": "willem.dijkhuizen@post.example", "gender": "male"}
    rows = [{**mailbox, "given_name": "Willem"}, {**mailbox, "given_name": "Wilem"}]
    assert set(Company(rows, model=SHIPPED).person.values()) == {1}


@pytest.mark.parametrize("point", [MAIL, {"phone": "+31612345679"}, {"cookie_key": "c"}])
def test_one_profile_with_another_birth_date_is_enough_against_a_contact_point(point: Profile) -> None:
    found = Company([{**JAN, **point, **BORN}, {**JAN, **point, **BORN_LATER}])
    assert found.person == {1: 1, 2: 2}
    assert found.rows("from identity.vetoes") == [(1, 2, "birth_date")]


def test_two_spellings_of_one_given_name_are_one_sole_user() -> None:
    willem: Profile = {**MAIL, "given_name": "Willem", "family_name": "Jansen"}
    misspelt = {**willem, "given_name": "Wilem"}
    # The nameless subscriber is whoever writes the name most; the misspelt one waits for likelihood.
    assert Company([willem, {**willem, "feed": "till"}, misspelt, MAIL]).person == {1: 1, 2: 1, 3: 3, 4: 1}
    assert Company([willem, {**willem, "given_name": "Pieter"}, MAIL]).person == {1: 1, 2: 2, 3: 3}


def test_a_nameless_subscriber_joins_when_all_who_write_the_address_are_one_person() -> None:
    number = {"customer_number": "17"}
    found = Company([{**MAIL, **JAN, **number}, {**MAIL, **JAN, "given_name": "Piet", **number}, MAIL])
    assert found.person == {1: 1, 2: 1, 3: 1}
    assert (1, 3, "sole_holder") in found.rows(
        "select left_profile_id, right_profile_id, rule from identity.links"
    )


@pytest.mark.parametrize("model", [RULES_ONLY, SHIPPED], ids=["rules only", "shipped"])
@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({**JAN, "phone": "+31612345679"}, {**MARIE, **MAIL}),
        ({**JAN, "phone": "+31612345679"}, {**MARIE, "given_name": "M.", **MAIL}),
    ],
)
def test_who_gives_no_name_does_not_make_one_person_of_two_given_names(
    left: Profile, right: Profile, model: IdentityModel
) -> None:
    nameless: Profile = {**MAIL, "phone": "+31612345679"}
    found = Company([left, right, nameless], model=model)
    assert found.person == {1: 1, 2: 2, 3: 2}
    assert found.rows("from identity.vetoes") == [(1, 2, "given_name")]
    assert (1, 3, "same_phone", True) in found.rows(
        "select left_profile_id, right_profile_id, rule, is_cut from identity.links"
    )


def test_who_gives_no_name_joins_two_spellings_of_one_given_name() -> None:
    nameless: Profile = {**MAIL, "phone": "+31612345679"}
    spelt = {**JAN, "given_name": "Willem", "phone": "+31612345679"}
    assert set(Company([spelt, {**JAN, "given_name": "Wilem", **MAIL}, nameless]).person.values()) == {1}


def test_a_veto_cuts_the_weakest_rule_between_its_two_sides() -> None:
    found = Company(
        [
            {**JAN, **BORN, "customer_number": "17"},
            {**JAN, "customer_number": "17", **MAIL},
            {**JAN, **BORN_LATER, **MAIL},
        ]
    )
    assert found.person == {1: 1, 2: 1, 3: 3}
    assert found.rows("select left_profile_id, right_profile_id, rule, is_cut from identity.links") == [
        (1, 2, "same_customer_number", False),
        (2, 3, "same_email", True),
    ]


def test_those_whom_a_vetoed_profile_would_have_joined_still_join_each_other() -> None:
    found = Company(
        [
            {**JAN, **MAIL, **born, "feed": feed}
            for born, feed in ((BORN, "a"), (BORN_LATER, "b"), (BORN_LATER, "c"))
        ]
    )
    assert found.person == {1: 1, 2: 2, 3: 2}


def _decisions(folder: Path, *lines: str) -> Path:
    path = folder / "identity.csv"
    path.write_text(
        "decision,left_profile_id,right_profile_id,author,reason,date\n" + "\n".join(lines) + "\n",
        encoding="utf-8",
    )
    return path


def test_a_decision_stands_above_links_and_vetoes(tmp_path: Path) -> None:
    rows = [{**JAN, **MAIL}, {**JAN, **MAIL, "feed": "till"}, {**MARIE, **BORN}, {**MARIE, **BORN_LATER}]
    path = _decisions(
        tmp_path,
        "different,1,2,desk,called,2026-06-01",
        "same,3,4,desk,called,2026-06-01",
        "same,3,99,desk,gone,2026-06-01",
    )
    found = Company(rows, path)
    assert found.person == {1: 1, 2: 2, 3: 3, 4: 3}
    assert found.rows("from identity.vetoes") == [(1, 2, "override")]
    assert (3, 4, "override", False) in found.rows(
        "select left_profile_id, right_profile_id, rule, is_cut from identity.links"
    )


def test_a_decision_joins_the_two_people_and_not_two_of_their_records(tmp_path: Path) -> None:
    rows = [
        {**JAN, "customer_number": number, **born, "feed": feed}
        for number, born in (("17", BORN), ("18", BORN_LATER))
        for feed in ("till", "shop", "list")
    ]
    assert Company(rows).person == {1: 1, 2: 1, 3: 1, 4: 4, 5: 4, 6: 4}
    joined = Company(rows, _decisions(tmp_path, "same,2,6,desk,called,2026-06-01"))
    assert set(joined.person.values()) == {1}
    assert joined.rows("from identity.vetoes") == []
    # Another decision stands all the same.
    parted = _decisions(tmp_path, "same,2,6,desk,called,2026-06-01", "different,1,4,desk,called,2026-06-01")
    person = Company(rows, parted).person
    assert person[2] == person[6]
    assert person[1] != person[4]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["same,1,2,a,b,2026-06-01", "different,2,1,a,b,2026-06-01"], "line 3: contradicts"),
        (["merge,1,2,a,b,2026-06-01"], "line 2: decision is neither same nor different"),
        (["same,1,1,a,b,2026-06-01"], "line 2: both sides"),
        (["same,1,x,a,b,2026-06-01"], "line 2: write profile ids as numbers"),
        (["same,1,2,,b,2026-06-01"], "line 2: author is empty"),
    ],
)
def test_a_decision_that_cannot_stand_is_one_sentence(
    tmp_path: Path, lines: list[str], sentence: str
) -> None:
    with pytest.raises(StamgastError, match=sentence):
        Company([{**JAN}, {**MARIE}], _decisions(tmp_path, *lines))


def test_a_company_without_profiles_resolves_to_nobody() -> None:
    found = Company([])
    assert (found.summary.profiles, found.summary.people, found.person) == (0, 0, {})
