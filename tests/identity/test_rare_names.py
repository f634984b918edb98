"""Who alone bears a rare name is one person, though nothing else is shared; and when that says nothing."""

import hashlib
from datetime import date
from pathlib import Path

from pipelines.identity.people.splitting import ComponentSplitter, Member
from tests.identity.small_company import SHIPPED, Company, Profile

PIETER: Profile = {"given_name": "Pieter", "family_name": "Vermeulen"}
AT_HOME: Profile = {
    **PIETER,
    "email": "kade3@example.nl",
    "phone": "+31582345672",
    "postcode": "8911 CD",
    "postcode_area": "8911",
}
AT_WORK: Profile = {
    **PIETER,
    "email": "inkoop7@bakkerij.nl",
    "phone": "+31402345671",
    "postcode": "5611 AB",
    "postcode_area": "5611",
}
MAILBOX: Profile = {"email": "pieter.vermeulen84@example.nl", "feed": "newsletter"}
THIRD: Profile = {**PIETER, "email": "bakker@example.nl", "phone": "+31202345673", "postcode": "1011 AB"}


def numbered(number: int, profile: Profile) -> Profile:
    return {"profile_id": number, **profile}


def unlike(number: int) -> str:
    """A name of its own, that is no misspelling of another's."""
    return "".join(
        chr(97 + int(digit, 16)) for digit in hashlib.sha256(str(number).encode()).hexdigest()[:10]
    )


# So many that the rarity of a name can be told: ten others are called Pieter, and ten Vermeulen.
OTHERS = [
    numbered(
        number,
        {
            "given_name": "Pieter" if number < 1_010 else unlike(number),
            "family_name": "Vermeulen" if 1_010 <= number < 1_020 else unlike(-number),
        },
    )
    for number in range(1_000, 4_300)
]


def member(number: int, born: date | None = None, given: str | None = "pieter") -> Member:
    return Member(number, str(number), birth_date=born, given_name=given, family_name="vermeulen")


def people(members: list[Member], named: list[int], in_mailboxes: list[int]) -> list[list[int]]:
    parts, _ = ComponentSplitter(["birth_date"]).split(members, [], {}, bearers=[(named, in_mailboxes)])
    return [[one.profile_id for one in part] for part in parts]


def test_two_who_alone_bear_a_rare_name_are_one_person() -> None:
    assert people([member(1), member(2)], [1, 2], []) == [[1, 2]]


def test_of_three_who_bear_a_rare_name_nothing_is_known() -> None:
    assert people([member(1), member(2), member(3)], [1, 2, 3], []) == [[1], [2], [3]]


def test_two_birth_dates_are_two_people_however_rare_the_name() -> None:
    born = [date(1960, 3, 14), date(1988, 11, 2)]
    assert people([member(1, born[0]), member(2, born[1])], [1, 2], []) == [[1], [2]]


def test_a_mailbox_that_spells_the_name_is_of_its_only_bearer() -> None:
    nameless = Member(2, "2")
    assert people([member(1), nameless], [1], [2]) == [[1, 2]]
    assert people([member(1), nameless, member(3), member(4)], [1, 3, 4], [2]) == [[1], [2], [3], [4]]


def test_a_person_known_by_many_profiles_would_share_something_with_one_more() -> None:
    members = [member(number) for number in range(1, 8)]
    pairs = {(1, number): 9.0 for number in range(2, 7)}
    parts, _ = ComponentSplitter([]).split(members, [], pairs, bearers=[(list(range(1, 8)), [])])
    assert [len(part) for part in parts] == [6, 1]


def test_a_rare_name_joins_and_a_third_who_bears_it_parts_again(tmp_path: Path) -> None:
    """Step by step as from nothing; the link says by which rule."""
    state = tmp_path / "identity.duckdb"
    before = [numbered(1, AT_HOME), numbered(2, MAILBOX), *OTHERS]
    assert Company(before, model=SHIPPED, state=state).person[2] == 1
    joined = [numbered(1, AT_HOME), numbered(2, MAILBOX), numbered(3, AT_WORK), *OTHERS]
    found = Company(joined, model=SHIPPED, state=state)
    assert [found.person[number] for number in (1, 2, 3)] == [1, 1, 1]
    assert found.rows("select left_profile_id, right_profile_id, rule from identity.links order by all") == [
        (1, 2, "sole_bearer"),
        (1, 3, "sole_bearer"),
    ]
    assert found.decided == Company(joined, model=SHIPPED).decided
    parted = [*joined, numbered(4, THIRD)]
    found = Company(parted, model=SHIPPED, state=state)
    assert [found.person[number] for number in (1, 2, 3, 4)] == [1, 2, 3, 4]
    assert found.decided == Company(parted, model=SHIPPED).decided
    found = Company(joined, model=SHIPPED, state=state)
    assert found.decided == Company(joined, model=SHIPPED).decided
    assert found.person[3] == 1


def test_among_few_profiles_no_name_is_known_to_be_rare() -> None:
    assert Company([AT_HOME, MAILBOX], model=SHIPPED).person == {1: 1, 2: 2}


def test_a_name_that_becomes_rare_brings_its_mailbox_along(tmp_path: Path) -> None:
    """Who left held neither the mailbox nor the family name, only the given one."""
    state = tmp_path / "identity.duckdb"
    alone = [numbered(1, AT_HOME), numbered(2, MAILBOX), *OTHERS]
    namesakes = [
        numbered(number, {"given_name": "Pieter", "family_name": unlike(-number)})
        for number in range(5_000, 5_014)
    ]
    among_many = Company([*alone, *namesakes], model=SHIPPED, state=state)
    assert among_many.person[2] == 2
    found = Company(alone, model=SHIPPED, state=state)
    assert found.person[2] == 1
    assert found.decided == Company(alone, model=SHIPPED).decided
