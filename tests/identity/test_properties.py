"""What must hold for any company, whatever its profiles and the order in which they came."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.identity.people.splitting import VERIFIED_BY, ComponentSplitter, Member, are_two_birth_dates
from pipelines.identity.rules import read_rules
from tests.identity.small_company import SHIPPED, Company, side_by_side

_RULES = read_rules()
Block = dict[str, object]

_COMPANY = st.lists(
    st.fixed_dictionaries(
        {
            "feed": st.sampled_from(["crm", "shop", "list"]),
            "given_name": st.sampled_from([None, "Jan", "Jan", "J.", "Marie", "Johan", "小明"]),
            "family_name": st.sampled_from(
                [None, "Jansen", "Jansen", "Jansen-Boer", "de Boer", "Jansen jr", "Jansen sr"]
            ),
            "birth_date": st.sampled_from(
                [None, None, date(1960, 3, 14), date(1960, 3, 15), date(1988, 11, 2)]
            ),
            "email": st.sampled_from([None, "a.b@x.nl", "c.d@x.nl", "info@x.nl"]),
            "phone": st.sampled_from([None, None, "+31612345679", "+31201234567"]),
            "cookie_key": st.sampled_from([None, None, "c1", "c2"]),
            "customer_number": st.sampled_from([None, None, "1", "2", "0"]),
            "record_id": st.sampled_from([None, None, "7", "8"]),
        }
    ),
    min_size=1,
    max_size=14,
    unique_by=lambda block: tuple(sorted(block.items(), key=lambda item: item[0])).__repr__(),
)
# Five companies in a resolution, which costs as much as one: 20 of them, of which the first five are the simplest.
_BLOCKS = st.lists(_COMPANY, min_size=5, max_size=5).map(side_by_side)
_FEW = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _profiles(blocks: Sequence[Block], numbers: Sequence[int]) -> list[Block]:
    return [
        {
            **block,
            "profile_id": number,
            "one_number_per_person": block["feed"] == "crm",
            "social_profile": repr(block),
        }
        for block, number in zip(blocks, numbers, strict=True)
    ]


def _partition(blocks: Sequence[Block], numbers: Sequence[int]) -> set[frozenset[int]]:
    """The people, as sets of places in `blocks`."""
    person = Company(_profiles(blocks, numbers)).person
    people = defaultdict(set)
    for place, number in enumerate(numbers):
        people[person[number]].add(place)
    return {frozenset(places) for places in people.values()}


@_FEW
@given(_BLOCKS, st.data())
def test_the_partition_does_not_depend_on_numbers_or_on_the_order_of_rows(
    blocks: list[Block], data: st.DataObject
) -> None:
    numbers = data.draw(st.permutations(range(1, len(blocks) + 1)))
    order = data.draw(st.permutations(range(len(blocks))))
    in_order = _partition(blocks, range(1, len(blocks) + 1))
    assert _partition(blocks, numbers) == in_order
    shuffled = _partition([blocks[place] for place in order], [place + 1 for place in order])
    assert {frozenset(order[place] for place in person) for person in shuffled} == in_order


@_FEW
@given(_BLOCKS)
def test_every_profile_is_in_one_person_named_after_its_first_profile(blocks: list[Block]) -> None:
    found = Company(_profiles(blocks, range(1, len(blocks) + 1)))
    rows = found.rows("from identity.profile_person")
    assert sorted(profile for profile, _ in rows) == list(range(1, len(blocks) + 1))
    people = defaultdict(list)
    for profile, person in rows:
        people[person].append(profile)
    assert all(person == min(profiles) for person, profiles in people.items())


@_FEW
@given(_BLOCKS)
def test_no_person_holds_a_veto_and_links_alone_make_the_people(blocks: list[Block]) -> None:
    found = Company(_profiles(blocks, range(1, len(blocks) + 1)))
    splitter = ComponentSplitter(_RULES.vetoes, aliases=SHIPPED.aliases)
    members = defaultdict(list)
    for place, block in enumerate(blocks, start=1):
        name = str(block["given_name"]).lower() if block["given_name"] not in (None, "J.") else None
        family = str(block["family_name"])
        generation = family[-2:] if family.endswith(("jr", "sr")) else None
        number = block["customer_number"] if block["feed"] == "crm" else None
        members[found.person[place]].append(
            Member(place, "", block["birth_date"], name, None, generation, number)
        )  # type: ignore[arg-type]
    for person in members.values():
        assert [(a, b) for a in person for b in person if splitter.veto(a, b, _RULES.vetoes)] == []
        dates = Counter(member.birth_date for member in person if member.birth_date is not None)
        verified = [day for day, profiles in dates.items() if profiles >= VERIFIED_BY]
        assert [(a, b) for a in verified for b in verified if are_two_birth_dates(a, b)] == []
    reached = {profile: profile for profile in found.person}
    links = found.rows("select left_profile_id, right_profile_id, is_cut from identity.links")
    for left, right, is_cut in links:
        if is_cut:
            assert found.person[left] != found.person[right]
        else:
            old, new = reached[right], reached[left]
            reached = {profile: new if person == old else person for profile, person in reached.items()}
    assert {(a, b) for a in reached for b in reached if reached[a] == reached[b]} == {
        (a, b) for a in reached for b in reached if found.person[a] == found.person[b]
    }


@_FEW
@given(_BLOCKS)
def test_bad_values_and_households_never_link(blocks: list[Block]) -> None:
    shared = [
        {
            **block,
            "email": "info@x.nl",
            "phone": None,
            "cookie_key": None,
            "customer_number": "0",
            "record_id": None,
        }
        for block in blocks
    ]
    assert all(len(person) == 1 for person in _partition(shared, range(1, len(blocks) + 1)))
    household = [{**block, "customer_number": None, "record_id": None} for block in blocks]
    for person in _partition(household, range(1, len(blocks) + 1)):
        names = {household[place]["given_name"] for place in person} - {None, "J."}
        assert len(names) <= 1 or not _all_of_one_contact_point([household[place] for place in person])


def _all_of_one_contact_point(blocks: Sequence[Block]) -> bool:
    return any(
        all(block[field] is not None for block in blocks) and len({block[field] for block in blocks}) == 1
        for field in ("email", "phone", "cookie_key")
    )


@_FEW
@given(_BLOCKS, _BLOCKS)
def test_unrelated_profiles_change_nobody(blocks: list[Block], others: list[Block]) -> None:
    strangers = [
        {
            key: f"other-{value}"
            if value is not None and key in ("feed", "email", "phone", "cookie_key", "customer_number")
            else value
            for key, value in block.items()
        }
        for block in others
    ]
    places = range(1, len(blocks) + 1)
    together = _partition(blocks + strangers, range(1, len(blocks) + len(strangers) + 1))
    assert _partition(blocks, places) == {person for person in together if min(person) < len(blocks)}
