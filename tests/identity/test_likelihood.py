"""Who is likely to be one person by the model that ships, and who is not, however much they share."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from pipelines.identity import read_rules
from pipelines.identity.likelihood.comparisons import COMPARISONS
from pipelines.identity.people.splitting import ComponentSplitter, Member
from tests.identity.small_company import SHIPPED, Company, Profile

HOME: Profile = {
    "street": "Molenweg",
    "house_number": "12",
    "postcode": "5611 AB",
    "postcode_area": "5611",
    "city": "Eindhoven",
    "country": "NL",
}
AWAY: Profile = {
    "street": "Kade",
    "house_number": "3",
    "postcode": "8911 CD",
    "postcode_area": "8911",
    "city": "Leeuwarden",
    "country": "NL",
}
MAIL: Profile = {"email": "vermeulen@example.nl"}
PHONE: Profile = {"phone": "+31402345671"}
BORN: Profile = {"birth_date": date(1960, 3, 14)}
BORN_LATER: Profile = {"birth_date": date(1988, 11, 2)}
PIETER: Profile = {"given_name": "Pieter", "family_name": "Vermeulen"}
ILSE: Profile = {"given_name": "Ilse", "family_name": "Vermeulen"}
LEVELS = ", ".join(f"{one.name}_level" for one in COMPARISONS)


def likely(*profiles: Profile) -> Company:
    return Company(profiles, model=SHIPPED)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({**PIETER, **BORN, **HOME}, {**PIETER, "family_name": "Vermuelen", **BORN, **HOME}),
        ({**PIETER, **BORN, **HOME}, {"given_name": "Vermeulen", "family_name": "Pieter", **BORN, **HOME}),
        ({**PIETER, **BORN, **HOME}, {**PIETER, "birth_date": date(1960, 4, 14), **HOME}),
        ({**PIETER, **BORN, **HOME}, {**PIETER, **BORN, **HOME, "street": "Molewneg", "postcode": "5161 AB"}),
        (
            {"given_name": "Paulino Cipriano", "family_name": "Cáceres Briones", **BORN, "city": "Huesca"},
            {
                "given_name": "Paulino",
                "family_name": "Cáceres",
                "birth_date": date(1960, 3, 24),
                "city": "Huesca",
            },
        ),
        ({**PIETER, **BORN, **MAIL}, {"given_name": "P.", "family_name": "Vermeulen", **BORN, **MAIL}),
        (
            {"given_name": "Jafier Osvaldo", "family_name": "Acuña", **BORN, **HOME},
            {"given_name": "Javier", "family_name": "Acuña", **BORN, **HOME},
        ),
        (
            {"given_name": "小明", "family_name": "欧阳", **BORN, **HOME},
            {"given_name": "Xiaoming", "family_name": "Ouyang", **BORN, **HOME},
        ),
    ],
    ids=[
        "typo in surname",
        "names swapped",
        "typo in birth date",
        "typos in the address",
        "one of two names",
        "initial",
        "the first of two given names misspelt",
        "characters and pinyin",
    ],
)
def test_two_records_of_one_person_join_in_spite_of_what_differs(left: Profile, right: Profile) -> None:
    found = likely(left, right)
    assert found.person == {1: 1, 2: 1}
    assert all(weight > 0 for (weight,) in found.rows("select weight from identity.links"))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({**PIETER, **BORN}, {**PIETER, **BORN_LATER}),
        ({**PIETER, **BORN}, {**ILSE, **BORN_LATER}),
        (PIETER, ILSE),
        ({**PIETER, "family_name": "Vermeulen sr"}, {**PIETER, "family_name": "Vermeulen jr"}),
    ],
    ids=["father and son of one name", "couple", "couple without dates", "senior and junior"],
)
def test_a_household_that_shares_all_it_can_stays_two_people(left: Profile, right: Profile) -> None:
    shared = {**MAIL, **PHONE, **HOME}
    assert likely({**left, **shared}, {**right, **shared}).person == {1: 1, 2: 2}


@pytest.mark.parametrize("twin", ["Ilse", "Paul", "I.", "Maarten"])
@pytest.mark.parametrize(
    "shared", [{"city": "Eindhoven"}, HOME, {**HOME, **PHONE}, {**HOME, **PHONE, **MAIL}]
)
def test_twins_are_two_people_whatever_they_share(twin: str, shared: Profile) -> None:
    other = {**PIETER, "given_name": twin}
    assert likely({**PIETER, **BORN, **shared}, {**other, **BORN, **shared}).person == {1: 1, 2: 2}


@pytest.mark.parametrize("shared", [HOME, {**HOME, **PHONE}, {**HOME, **PHONE, **MAIL}])
def test_a_rare_family_name_and_one_initial_make_no_one_person_of_a_household(shared: Profile) -> None:
    assert likely({**PIETER, **shared}, {**PIETER, "given_name": "Paula", **shared}).person == {1: 1, 2: 2}


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Willem", "Wim"),
        ("Robert", "Bob"),
        ("Francisco", "Paco"),
        ("Katarzyna", "Kasia"),
        ("Eric", "Eic"),
        ("欧明", "小明"),
    ],
)
def test_a_usual_form_or_misspelling_of_a_given_name_is_the_same_person(name: str, form: str) -> None:
    shared = {"family_name": "Vermeulen", **HOME, **MAIL}
    assert likely({"given_name": name, **shared}, {"given_name": form, **shared}).person == {1: 1, 2: 1}


@pytest.mark.parametrize("shared", [HOME, {**HOME, **PHONE}, {**HOME, **PHONE, **MAIL}])
def test_father_and_son_of_one_name_are_two_people_when_two_profiles_verify_each_birth_date(
    shared: Profile,
) -> None:
    father, son = {**PIETER, **BORN, **shared}, {**PIETER, **BORN_LATER, **shared}
    again = {"feed": "till"}
    records = [father, son, {**father, **again}, {**son, **again}]
    assert likely(*records).person == {1: 1, 2: 2, 3: 1, 4: 2}
    # Forty bearers of a name make it very common among a thousand.
    letters = "bcdfghklmnpqrstvwxz"
    bearers = [
        {"given_name": "Pieter", "family_name": f"{a}a{b}eling"} for a in letters[:7] for b in letters[:6]
    ]
    person = likely(*records, *bearers).person
    assert [person[number] for number in range(1, 5)] == [1, 2, 1, 2]


def test_one_mistyped_birth_date_of_three_parts_nobody() -> None:
    pieter = {**PIETER, **BORN, **HOME, "customer_number": "17"}
    mistyped = {"birth_date": BORN["birth_date"] + timedelta(days=3_700)}
    assert set(likely(pieter, {**pieter, **MAIL}, {**pieter, **mistyped}).person.values()) == {1}


def test_names_alone_never_join_bearers_of_common_names() -> None:
    # Of a name that one in a hundred bears.
    letters = "bcdfghklmnpqrstvwxz"
    given = [{"given_name": "Jan", "family_name": f"Van {letter * 4}"} for letter in letters]
    family = [{"given_name": letter * 4, "family_name": "Jansen"} for letter in letters]
    namesakes = [
        {"given_name": "Jan", "family_name": "Jansen", "email": f"{letter}.{letter * 5}@{letter}.nl"}
        for letter in "pqr"
    ]
    found = likely(*given, *family, *namesakes)
    assert len(set(found.person.values())) == len(found.person)
    assert found.rows("select given_name_level, reason, count(*) from identity.near_links group by all") == [
        ("exact_rarity_0", "below_threshold", 3)
    ]


def test_an_address_of_one_writer_takes_in_the_nameless_newsletter_profile() -> None:
    assert likely({**PIETER, **MAIL}, {**MAIL, "feed": "newsletter"}).person == {1: 1, 2: 1}


def test_an_address_of_two_writers_or_of_a_family_by_name_takes_in_nobody() -> None:
    newsletter = {"feed": "newsletter"}
    found = likely({**PIETER, **MAIL, **HOME}, {**ILSE, **MAIL, **HOME}, {**MAIL, **newsletter})
    assert found.person == {1: 1, 2: 2, 3: 3}
    family = {"email": "fam.vermeulen@example.nl"}
    assert likely({**PIETER, **family}, {**family, **newsletter}).person == {1: 1, 2: 2}


def test_two_writers_who_are_likely_one_person_take_in_the_nameless_profile() -> None:
    pieter = {**PIETER, **BORN, **HOME, **MAIL}
    found = likely(pieter, {**pieter, "given_name": "Piet", "family_name": "Vermeulen"}, MAIL)
    assert found.person == {1: 1, 2: 1, 3: 1}


@pytest.mark.parametrize(
    ("other", "level"),
    [
        ({"given_name": "小明", "family_name": "王"}, "exact_rarity_9"),
        ({"given_name": "Xiaoming", "family_name": "Wang"}, "exact_rarity_9"),
        # The same sounds in other characters.
        ({"given_name": "晓鸣", "family_name": "王"}, "same_initial"),
    ],
)
def test_chinese_names_compare_with_their_pinyin_and_not_with_other_characters(
    other: Profile, level: str
) -> None:
    number: Profile = {"customer_number": "17"}
    found = likely({"given_name": "小明", "family_name": "王", **number}, {**other, **number, "feed": "till"})
    assert found.rows("select distinct given_name_level from identity.links") == [(level,)]


def test_links_carry_weight_probability_and_levels_and_no_values() -> None:
    found = likely({**PIETER, **BORN, **HOME}, {**PIETER, "family_name": "Vermuelen", **BORN, **HOME})
    ((left, right, rule, is_cut, weight, probability, splink_weight),) = found.rows(
        "select left_profile_id, right_profile_id, rule, is_cut, weight, probability, splink_weight from identity.links"
    )
    assert (left, right, rule, is_cut) == (1, 2, "probable", False)
    assert weight > 0
    assert splink_weight >= weight
    assert probability == pytest.approx(1 / (1 + 2**-weight))
    ((levels),) = found.rows(f"select {LEVELS} from identity.links")
    by_comparison = dict(zip((one.name for one in COMPARISONS), levels, strict=True))
    assert {name: level for name, level in by_comparison.items() if level is not None} == {
        "given_name": "exact_rarity_9",
        "family_name_of_namesakes": "similar",
        "birth_date": "exact",
        "place": "same_address",
    }
    waterfall = SHIPPED.explain(by_comparison, 1000)
    assert waterfall.total == pytest.approx(weight)
    columns = {column for column, *_ in found.rows("describe identity.links")} | {
        column for column, *_ in found.rows("describe identity.near_links")
    }
    assert columns == {
        "left_profile_id", "right_profile_id", "rule", "reason", "is_cut", "weight", "probability", "splink_weight",
        *LEVELS.split(", "),
    }  # fmt: skip


def test_a_likely_pair_that_a_veto_keeps_apart_is_a_cut_link_and_a_near_link() -> None:
    senior = {**PIETER, "family_name": "Vermeulen sr", **BORN, **HOME}
    found = likely(senior, {**senior, "family_name": "Vermeulen jr"})
    assert found.person == {1: 1, 2: 2}
    assert found.rows("select reason, weight > 0 from identity.near_links") == [("veto", True)]
    assert found.rows("select rule, is_cut from identity.links") == [("probable", True)]


def test_who_gives_no_given_name_does_not_make_husband_and_wife_one() -> None:
    unnamed: Profile = {"family_name": "Vermeulen", **HOME, **MAIL}
    found = likely({**PIETER, **HOME}, {**ILSE, **HOME, **MAIL}, unnamed)
    assert found.person == {1: 1, 2: 2, 3: 2}
    # A likely pair, but of two people whose own names speak against it.
    assert found.rows("select left_profile_id, right_profile_id, reason from identity.near_links") == [
        (1, 3, "thin_evidence")
    ]
    assert (1, 3, "probable", True) in found.rows(
        "select left_profile_id, right_profile_id, rule, is_cut from identity.links"
    )


def _residents(count: int) -> list[Profile]:
    """Two records each of so many people, every one at an address of his own."""
    return [
        {
            "given_name": f"Man{chr(97 + number % 26)}{chr(97 + number // 26)}",
            "family_name": "Vermeulen",
            "birth_date": date(1950 + number % 40, 1 + number % 12, 2 + number % 26),
            **HOME,
            "house_number": str(number),
            "feed": feed,
        }
        for number in range(1, count + 1)
        for feed in ("till", "shop")
    ]


def test_where_nobody_shares_a_home_two_names_at_one_address_may_be_one_person() -> None:
    left: Profile = {**PIETER, **BORN, **HOME, "house_number": "999"}
    right = {**left, "given_name": "Ilse", "birth_date": date(1960, 3, 15)}
    found = likely({**left, **PHONE}, {**left, "given_name": "Kpirsto", **PHONE}, *_residents(40))
    assert (found.person[2], found.resolution("model")) == (1, f"{SHIPPED.name}, no households")
    # Among few, or where couples live together, it is a household as before.
    assert (
        likely({**left, **PHONE}, {**left, "given_name": "Kpirsto", **PHONE}, *_residents(5)).person[2] == 2
    )
    couples = [
        {**one, "given_name": "Ilse", "birth_date": date(1940, 3, number + 1)}
        for number, one in enumerate(_residents(10))
    ]
    found = likely(left, right, *_residents(40), *couples)
    assert (found.person[2], found.resolution("model")) == (2, SHIPPED.name)


def _shows_households(profiles: list[Profile]) -> bool:
    """Whether the model took them for people who live together."""
    return "no households" not in str(Company(profiles, model=SHIPPED).resolution("model"))


def _undated(*profiles: Profile) -> list[Profile]:
    return [{key: value for key, value in one.items() if key != "birth_date"} for one in profiles]


def test_without_birth_dates_a_family_has_more_given_names_than_one_person_has_family_names() -> None:
    people = _undated(*_residents(60))
    wives = [{**one, "given_name": "Ilse"} for one in people[:40:2]]
    married = [{**one, "family_name": "Zuiderwijk"} for one in people[40:44:2]]
    assert _shows_households([*people, *wives, *married])
    # As many family names as given names are quite others: both are mistyped.
    mistyped = [{**one, "family_name": "Zuiderwijk"} for one in people[40:70:2]]
    assert not _shows_households([*people, *wives, *mistyped])


def test_where_nobody_says_where_he_lives_twins_are_what_a_household_is_told_by() -> None:
    at_home = ("postcode", "postcode_area", "house_number", "street", "city", "phone")
    people = [{key: value for key, value in one.items() if key not in at_home} for one in _residents(60)]
    assert not _shows_households(people)
    assert _shows_households([*people, *({**one, "given_name": "Ilse"} for one in people[:40:2])])


def test_where_all_live_in_one_postcode_living_there_joins_nobody() -> None:
    """A model trained on a whole country takes a shared postcode for much; in a shop of one village it is nothing."""
    shared: Profile = {
        "given_name": "Pieter",
        "postcode": "8911 CD",
        "postcode_area": "8911",
        "country": "NL",
    }
    pair: list[Profile] = [{**shared, "family_name": "Vermeulen"}, {**shared, "family_name": "Zuiderwijk"}]

    def villagers(count: int, codes: int) -> list[Profile]:
        return [
            {
                **shared,
                "given_name": f"Man{chr(97 + number % 26)}{chr(97 + number // 26)}",
                "family_name": f"Van{chr(97 + number % 26)}{chr(97 + number // 26)}huis",
                "postcode": f"{8911 + number % codes} CD",
                "postcode_area": f"{8911 + number % codes}",
            }
            for number in range(count)
        ]

    village = Company([*pair, *villagers(300, 1)], model=SHIPPED)
    assert (village.person[2], village.resolution("model")) == (2, f"{SHIPPED.name}, crowded")
    country = Company([*pair, *villagers(300, 300)], model=SHIPPED)
    assert (country.person[2], country.resolution("model")) == (1, SHIPPED.name)


def test_where_there_are_no_households_names_and_dates_are_weighed_and_forbid_nothing() -> None:
    rules = read_rules().vetoes
    ethan = Member(1, "a", date(1952, 2, 27), "ethan", "engelenhoven")
    again = Member(2, "b", date(1942, 1, 9), "ethan", "engelenhoven")
    # Mistyped beyond recognition.
    peat = Member(3, "c", date(1942, 1, 9), "peat", "engelenhoven")
    scores = {(1, 2): 12.0, (2, 3): 9.0, (1, 3): -0.3}

    def people(are_households: bool, *members: Member) -> list[list[int]]:
        ids = {one.profile_id for one in members}
        known = {pair: bits for pair, bits in scores.items() if ids.issuperset(pair)}
        found, _ = ComponentSplitter(rules, are_households=are_households).split(members, [], known)
        return sorted(sorted(one.profile_id for one in person) for person in found)

    assert people(True, ethan, again, peat) == [[1, 2], [3]]
    assert people(False, ethan, again, peat) == [[1, 2, 3]]
    # What no household explains forbids as before.
    senior, junior = replace(ethan, generation="sr"), replace(again, generation="jr")
    assert people(False, senior, junior) == [[1], [2]]


@pytest.mark.parametrize(
    ("country", "street", "level"),
    [
        ("SE", "Molenweg", "same_address"),
        ("SE", "Molenwegen", "same_address"),
        ("SE", "Kungsgatan", "same_postcode"),
        # The postcode is part of one street.
        ("NL", "Kungsgatan", "same_address"),
    ],
)
def test_one_postcode_and_house_number_is_one_address_where_the_street_is_too(
    country: str, street: str, level: str
) -> None:
    home = {**HOME, "country": country}
    found = likely({**PIETER, **BORN, **home}, {**PIETER, **BORN, **home, "street": street})
    assert found.rows("select place_level from identity.links") == [(level,)]


def test_of_somebody_who_moved_the_one_record_between_two_addresses_joins_all() -> None:
    old = [{**PIETER, **HOME, "email": "p.vermeulen84@example.nl", "feed": f"old_{n}"} for n in range(24)]
    piter = {**PIETER, "given_name": "Piter"}
    new = [{**piter, **AWAY, "email": "pieter1984@voorbeeld.nl", "feed": f"new_{n}"} for n in range(24)]
    assert len(set(likely(*old, *new).person.values())) == 2
    assert set(likely(*old, *new[:23], {**new[23], **HOME}).person.values()) == {1}


def test_two_birth_dates_tell_even_where_a_family_name_is_missing() -> None:
    pieter = {"given_name": "Pieter", **BORN, **HOME}
    namesake = {**PIETER, **BORN_LATER, **AWAY, **PHONE}
    assert likely({**pieter, **PHONE}, {**pieter, "feed": "fair"}, namesake).person == {1: 1, 2: 1, 3: 3}


def test_a_pair_at_an_address_of_too_many_names_is_weighed_once() -> None:
    limit = read_rules().limits["address"]
    names = ["".join(letters) for letters in product("abcdefgh", "klmnpqrs")][: limit + 1]
    tower = [{"given_name": f"{name}en", "family_name": f"{name}inga", **HOME} for name in names]
    same = {"given_name": "Jan", "family_name": "Jansen", "email": "jan.jansen@example.nl", **HOME}
    found = Company([same, {**same, "feed": "crm"}, *tower], model=SHIPPED)
    assert found.rows("select value from customers.identity.bad_values where field = 'address'")
    pairs = found.rows("select left_profile_id, right_profile_id, rule from identity.links")
    assert (1, 2, "probable") in pairs
    assert len(set(pairs)) == len(pairs)
