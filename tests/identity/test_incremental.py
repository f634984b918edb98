"""A resolution that builds on what an earlier one left gives what a resolution of everything gives."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import StamgastError
from pipelines.identity import Rules, read_rules, resolution_state
from pipelines.identity.likelihood import pairs
from tests.identity.small_company import SHIPPED, Company, Profile, side_by_side

JAN: Profile = {"given_name": "Jan", "family_name": "Jansen"}
MARIE: Profile = {"given_name": "Marie", "family_name": "Jansen"}
MAIL: Profile = {"email": "jan.jansen@example.nl"}
PHONE: Profile = {"phone": "+31612345679"}
BORN: Profile = {"birth_date": date(1960, 3, 14)}
HOME: Profile = {
    "street": "Molenweg", "house_number": "12", "postcode": "5611 AB", "postcode_area": "5611", "city": "Eindhoven",
    "country": "NL",
}  # fmt: skip
# By number: who is active, and what is known of them now.
Active = Mapping[int, Profile]


def resolved(
    active: Active, overrides: Path | None = None, state: Path | None = None, rules: Rules | None = None
) -> Company:
    profiles = [{**profile, "profile_id": number} for number, profile in sorted(active.items())]
    return Company(profiles, overrides, SHIPPED, rules, state)


def numbered(*profiles: Profile) -> dict[int, Profile]:
    return dict(enumerate(profiles, start=1))


def decisions(folder: Path, lines: Sequence[str]) -> Path:
    path = folder / "identity.csv"
    rows = [f"{line},desk,called,2026-06-01\n" for line in lines]
    path.write_text(
        "decision,left_profile_id,right_profile_id,author,reason,date\n" + "".join(rows), encoding="utf-8"
    )
    return path


_BLOCK = st.fixed_dictionaries(
    {
        "feed": st.sampled_from(["crm", "shop"]),
        "given_name": st.sampled_from([None, "Jan", "Jan", "J.", "Marie", "Johan", "小明"]),
        "family_name": st.sampled_from([None, "Jansen", "Jansen", "Jansen-Boer", "Jansen sr", "Jansen jr"]),
        "birth_date": st.sampled_from([None, date(1960, 3, 14), date(1960, 4, 14), date(1988, 11, 2)]),
        "email": st.sampled_from([None, "a.b@x.nl", "a.b@x.nl", "c.d@x.nl", "info@x.nl"]),
        "phone": st.sampled_from([None, "+31612345679", "+31201234567"]),
        "postcode": st.sampled_from([None, "5611 AB", "5611 AC"]),
        "house_number": st.just("12"),
        "country": st.just("NL"),
        "company_name": st.sampled_from([None, None, "Zonderling BV", "Bakker"]),
        "cookie_key": st.sampled_from([None, "c1", "c2"]),
        "customer_number": st.sampled_from([None, None, "1", "2"]),
    }
)
# A step of the history: of each profile whether it is not active, as it came, or normalised in another way since.
_STATES = st.sampled_from(["gone", "came", "came", "came", "corrected"])
_OTHER_CLEAN = st.fixed_dictionaries(
    {
        "given_name_clean": st.sampled_from([None, "Jan", "Marie"]),
        "email_clean": st.sampled_from([None, "a.b@x.nl", "c.d@x.nl"]),
        "birth_date_clean": st.sampled_from([None, date(1960, 3, 14), date(1988, 11, 2)]),
    }
)


@st.composite
def _histories(draw: st.DrawFn) -> list[tuple[dict[int, Profile], list[str]]]:
    """Three runs of three small companies side by side: the active profiles and the decisions in force."""
    companies = draw(st.lists(st.lists(_BLOCK, min_size=4, max_size=10), min_size=3, max_size=3))
    blocks = side_by_side(companies)
    corrections = [draw(_OTHER_CLEAN) for _ in blocks]
    history = []
    for _ in range(3):
        active: dict[int, Profile] = {}
        for number, (block, correction) in enumerate(zip(blocks, corrections, strict=True), start=1):
            state = draw(_STATES)
            if state != "gone":
                active[number] = {
                    **block,
                    "social_profile": str(number),
                    "one_number_per_person": block["feed"] == "crm",
                    **(correction if state == "corrected" else {}),
                }
        taken = draw(st.lists(st.sampled_from(["same,1,2", "different,3,4"]), unique=True))
        history.append((active, taken))
    return history


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(_histories())
def test_any_history_gives_what_its_end_alone_gives(
    history: list[tuple[dict[int, Profile], list[str]]],
) -> None:
    with TemporaryDirectory() as folder:
        state = Path(folder) / "identity.duckdb"
        for active, taken in history:
            grown = resolved(active, decisions(Path(folder), taken), state)
            # Every active profile is in one person, which is called after its first profile.
            people = grown.rows(
                "select person_id, list(profile_id) from identity.profile_person group by all"
            )
            assert sorted(one for _, profiles in people for one in profiles) == sorted(active)
            assert all(person == min(profiles) for person, profiles in people)
        assert grown.decided == resolved(active, decisions(Path(folder), taken)).decided
    assert [grown.resolution("is_full")] == [False]


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_BLOCK, min_size=4, max_size=10), st.lists(_BLOCK, min_size=1, max_size=10))
def test_unrelated_profiles_split_and_join_nobody(blocks: list[Profile], others: list[Profile]) -> None:
    def stranger(block: Profile) -> Profile:
        moved = {field: value and f"Q{value}q" for field, value in block.items() if isinstance(value, str)}
        return {**moved, "birth_date": date(1975, 7, 30)}

    before = numbered(*blocks)
    after = numbered(*blocks, *map(stranger, others))
    with TemporaryDirectory() as folder:
        state = Path(folder) / "identity.duckdb"
        alone = resolved(before, state=state).person
        together = resolved(after, state=state).person
    assert {profile: together[profile] for profile in alone} == alone
    assert all(together[profile] not in alone for profile in together.keys() - alone.keys())


def test_a_run_with_nothing_new_touches_nobody_and_without_state_gives_the_same(tmp_path: Path) -> None:
    active = numbered(
        {**JAN, **MAIL, **BORN}, {**JAN, **PHONE, **BORN, **HOME}, {**MARIE, **PHONE, **HOME}, MAIL
    )
    state = tmp_path / "identity.duckdb"
    first = resolved(active, state=state)
    assert first.resolution("is_full")
    again = resolved(active, state=state)
    assert not again.resolution("is_full")
    assert [
        again.resolution(figure) for figure in ("touched_profiles", "region_profiles", "pairs_scored")
    ] == [0, 0, 0]
    assert again.decided == first.decided
    state.unlink()
    assert resolved(active, state=state).decided == first.decided


def test_only_the_components_of_what_is_new_are_looked_at_again(tmp_path: Path) -> None:
    smits = [
        {"given_name": "Bob", "family_name": f"Smit{letter}", "email": f"bob@{letter}.nl"}
        for letter in "abcd"
    ]
    state = tmp_path / "identity.duckdb"
    resolved(numbered({**JAN, **MAIL}, *smits), state=state)
    grown = resolved(numbered({**JAN, **MAIL}, *smits, {**JAN, **MAIL, **PHONE}), state=state)
    assert grown.person[6] == 1
    assert (grown.resolution("touched_profiles"), grown.resolution("region_profiles")) == (1, 2)


def test_a_merge_and_its_split_restore_both_ids(tmp_path: Path) -> None:
    state = tmp_path / "identity.duckdb"
    two = numbered(MAIL, PHONE)
    assert resolved(two, state=state).person == {1: 1, 2: 2}
    bridged = {**two, 3: {**JAN, **MAIL, **PHONE}}
    assert resolved(bridged, state=state).person == {1: 1, 2: 1, 3: 1}
    parted = resolved(two, state=state)
    assert parted.person == {1: 1, 2: 2}
    assert parted.decided == resolved(two).decided


def test_who_gets_an_older_profile_back_takes_its_id_and_gives_it_up_again(tmp_path: Path) -> None:
    state = tmp_path / "identity.duckdb"
    later = {2: {**JAN, **MAIL}, 3: {**JAN, **MAIL, **PHONE}}
    assert resolved(later, state=state).person == {2: 2, 3: 2}
    assert resolved({1: {**JAN, **PHONE}, **later}, state=state).person == {1: 1, 2: 1, 3: 1}
    assert resolved(later, state=state).person == {2: 2, 3: 2}


def test_decisions_are_taken_withdrawn_and_survive_a_rebuild(tmp_path: Path) -> None:
    state = tmp_path / "identity.duckdb"
    active = numbered({**JAN, **MAIL}, {**JAN, **MAIL, **PHONE}, {**MARIE, **HOME})
    assert resolved(active, None, state).person == {1: 1, 2: 1, 3: 3}
    taken = decisions(tmp_path, ["different,1,2", "same,2,3"])
    decided = resolved(active, taken, state)
    assert decided.person == {1: 1, 2: 2, 3: 2}
    state.unlink()
    rebuilt = resolved(active, taken, state)
    assert rebuilt.decided == decided.decided
    # The file may be another one; the profile that was decided upon may be gone, and come back.
    gone = {number: profile for number, profile in active.items() if number != 2}
    assert resolved(gone, taken, state).person == {1: 1, 3: 3}
    assert resolved(active, taken, state).decided == decided.decided
    withdrawn = resolved(active, decisions(tmp_path, []), state)
    assert withdrawn.person == {1: 1, 2: 1, 3: 3}
    assert not withdrawn.resolution("is_full")


def test_a_value_that_turns_bad_loses_its_old_links_and_gets_them_back(tmp_path: Path) -> None:
    state = tmp_path / "identity.duckdb"
    twice = {"given_name": "Namea", "family_name": "X", **MAIL}
    crowd = [{**MAIL, "given_name": f"Name{letter}", "family_name": "X"} for letter in "bcdefghijklmnopqrst"]
    before = numbered(twice, {**twice, "feed": "till"}, *crowd)
    assert resolved(before, state=state).person[2] == 1
    one_more = {**before, 99: {**MAIL, "given_name": "Namez", "family_name": "X"}}
    turned = resolved(one_more, state=state)
    assert turned.rows("select value, given_name_count from customers.identity.bad_values") == [
        ("jan.jansen@example.nl", 21)
    ]
    assert turned.decided == resolved(one_more).decided
    back = resolved(before, state=state)
    assert back.person[2] == 1
    assert back.rows("from customers.identity.bad_values") == []


def test_a_key_that_becomes_too_large_and_fits_again_forgets_and_finds_its_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A small company affords blocks of a thousand; these three hold what a large one's would.
    for module in (resolution_state, pairs):
        monkeypatch.setattr(module, "largest_block", lambda size: 3)
    state = tmp_path / "identity.duckdb"

    def born(family_name: str) -> Profile:
        return {"given_name": "Theodora", "family_name": family_name, **BORN}

    pair = numbered(born("Vandamme"), born("Klaassen"))
    found = resolved(pair, state=state)
    crowded = numbered(*map(born, ("Vandamme", "Klaassen", "Dubois", "Hermans", "Lindqvist")))
    grown = resolved(crowded, state=state)
    assert found.resolution("pairs_kept") == 1
    assert grown.resolution("pairs_kept") == 0
    assert not grown.resolution("is_full")
    assert grown.decided == resolved(crowded).decided
    assert resolved(pair, state=state).decided == found.decided


class _DiedError(Exception):
    """What ends a resolution in the middle."""


def _die(_: str) -> None:
    raise _DiedError


def test_after_a_death_in_the_middle_everything_is_resolved_anew(tmp_path: Path) -> None:
    state = tmp_path / "identity.duckdb"
    before = numbered({**JAN, **MAIL}, {**MARIE, **HOME})
    after = {**before, 3: {**JAN, **MAIL, **PHONE}, 4: {**MARIE, **HOME, **PHONE}}
    resolved(before, state=state)
    with pytest.raises(_DiedError):
        Company(
            [{**profile, "profile_id": number} for number, profile in after.items()],
            model=SHIPPED,
            state=state,
            progress=_die,
        )
    again = resolved(after, state=state)
    assert again.resolution("is_full")
    assert again.decided == resolved(after).decided
    assert not resolved(after, state=state).resolution("is_full")


def test_a_death_in_the_very_first_resolution_leaves_nothing_to_build_on(tmp_path: Path) -> None:
    state = tmp_path / "identity.duckdb"
    active = numbered({**JAN, **MAIL}, {**JAN, **MAIL, **PHONE})
    with pytest.raises(_DiedError):
        Company(list(active.values()), model=SHIPPED, state=state, progress=_die)
    again = resolved(active, state=state)
    assert again.resolution("is_full")
    assert again.person == {1: 1, 2: 1}


def test_a_state_that_does_not_say_what_it_was_made_with_is_made_anew(tmp_path: Path) -> None:
    state = tmp_path / "identity.duckdb"
    active = numbered({**JAN, **MAIL}, {**JAN, **MAIL, **PHONE})
    first = resolved(active, state=state)
    with duckdb.connect(state) as connection:
        connection.execute("drop table inputs; delete from people; delete from features where profile_id = 1")
    again = resolved(active, state=state)
    assert again.resolution("is_full")
    assert again.decided == first.decided


def test_decisions_that_contradict_each_other_stop_the_run_and_spoil_no_state(tmp_path: Path) -> None:
    state = tmp_path / "identity.duckdb"
    active = numbered({**JAN, **MAIL}, {**JAN, **MAIL, **PHONE}, MARIE)
    first = resolved(active, state=state)
    with pytest.raises(StamgastError, match="contradicts"):
        resolved(active, decisions(tmp_path, ["same,1,3", "different,1,3"]), state)
    assert resolved(active, state=state).decided == first.decided


def test_other_rules_or_another_model_resolve_everything_anew(tmp_path: Path) -> None:
    state = tmp_path / "identity.duckdb"
    active = numbered({**JAN, **MAIL}, {**JAN, **MAIL, **PHONE})
    resolved(active, state=state)
    rules = read_rules()
    without_email = rules.model_copy(
        update={"certain": [rule for rule in rules.certain if rule.field != "email"]}
    )
    other_rules = resolved(active, state=state, rules=without_email)
    assert other_rules.resolution("is_full")
    assert "same_email" not in {rule for (rule,) in other_rules.rows("select rule from identity.links")}
    other_model = Company(list(active.values()), state=state, rules=without_email)
    assert other_model.resolution("is_full")
    assert not Company(list(active.values()), state=state, rules=without_email).resolution("is_full")


def _invented(count: int, seed: int) -> list[Profile]:
    """Profiles of people who fill in forms two or three times, not always alike; some share a home."""
    chance = random.Random(seed)
    given = (
        "Jan",
        "Marie",
        "Pieter",
        "Sofie",
        "Johan",
        "Els",
        "Theo",
        "Britta",
        "小明",
        "Ahmed",
        "Ingrid",
        "Wim",
    )
    family = (
        "Jansen",
        "de Vries",
        "Peeters",
        "Lindqvist",
        "Van den Berghe",
        "王",
        "Ouali",
        "Smit-Boer",
        "Maes",
    )
    profiles: list[Profile] = []
    while len(profiles) < count:
        home = {
            "postcode": f"{chance.randrange(1000, 1040)} AB", "house_number": str(chance.randrange(1, 9)),
            "country": "NL", "city": "Ede", "street": chance.choice(("Dorpsstraat", "Molenweg")),
        }  # fmt: skip
        name = chance.choice(family)
        mailbox = f"{chance.randrange(10**6)}@x.nl"
        for _ in range(chance.choice((1, 1, 2, 3))):
            person = {
                "given_name": chance.choice(given), "family_name": name,
                "birth_date": date(chance.randrange(1940, 2006), chance.randrange(1, 13), chance.randrange(1, 29)),
                "email": chance.choice((mailbox, f"p{chance.randrange(10**6)}@x.nl")),
                "phone": f"+316{chance.randrange(10**8):08}", "customer_number": str(chance.randrange(10**6)),
            }  # fmt: skip
            for _ in range(chance.choice((1, 2, 2, 3))):
                filled = {field: value for field, value in (person | home).items() if chance.random() > 0.3}
                if chance.random() < 0.1 and "family_name" in filled:
                    filled["family_name"] = name.replace("e", "a")
                profiles.append({**filled, "feed": chance.choice(("shop", "crm", "forms"))})
    return profiles[:count]


def test_three_hundred_profiles_in_three_deliveries_are_who_they_are_at_once(tmp_path: Path) -> None:
    everyone = numbered(*_invented(300, seed=7))
    chance = random.Random(8)
    # Most come with the first, so that the next two are too few to show another kind of company: how crowded places are.
    delivery = {number: chance.choice((0, 0, 0, 1, 2)) for number in everyone}
    # Some of the first two deliveries leave with the third, and some are normalised anew.
    leaving = {number for number in everyone if delivery[number] < 2 and chance.random() < 0.1}
    corrected = {number for number in everyone if chance.random() < 0.05}
    state = tmp_path / "identity.duckdb"
    for run in range(3):
        active = {
            number: {**profile, "phone_clean": None} if run == 2 and number in corrected else profile
            for number, profile in everyone.items()
            if delivery[number] <= run and not (run == 2 and number in leaving)
        }
        grown = resolved(active, state=state)
    at_once = resolved(active)
    assert not grown.resolution("is_full")
    assert grown.decided == at_once.decided
    sizes = Counter(at_once.person.values())
    # The example is one in which something happens.
    assert 50 < len(sizes) < 200
    assert at_once.rows("select count(*) > 0 from identity.links where is_cut") == [(True,)]
    assert {rule for (rule,) in at_once.rows("select distinct rule from identity.links")} >= {
        "same_email", "same_phone", "probable",
    }  # fmt: skip
