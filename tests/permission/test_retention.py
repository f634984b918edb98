"""What may no longer be kept becomes a number without a value, tied to what is left of the person."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.contracts import Contract
from pipelines.privacy.redacted_profiles import finish_redaction, plan_redaction, redacted_profiles
from pipelines.privacy.retention import Due, apply_retention
from pipelines.publishing.versions import Version
from pipelines.settings import Settings
from pipelines.warehouse.places import Places
from tests.permission.raw_layer import AS_OF, RawLayer, contract
from tests.privacy.refusals import read_refusals, refusal, write_refusals

INTEREST = {"purpose": "offers", "channels": ["post"], "basis": "legitimate_interest"}
LICENCE = {
    "provider": "Lists", "purposes": ["offers"], "channels": ["post"], "countries": ["NL"],
    "valid_from": "2025-01-01", "valid_until": "2026-05-30", "erase_after": "30d",
}  # fmt: skip
CONTRACTS = {
    one.feed: one
    for one in (
        contract("bought", "list_prospects", permission=INTEREST, licence=LICENCE),
        contract("orders", "sales", retention="2y"),
        contract("contest", "form_submissions", retention="1y"),
        contract("optouts", "consents", retention="1y"),
        contract("blocklist", "suppressions", retention="1y"),
    )
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse of a few records; profile 1 and 2 are one person, so are 3 and 4, the others alone."""
    layer = RawLayer(CONTRACTS)
    rows: list[tuple[str, str, int, dict[str, object]]] = [
        ("bought", "one", 2026, {}),
        ("orders", "one", 2026, {}),
        ("bought", "two", 2026, {}),
        ("contest", "two", 2024, {"form_type": "contest", "message": "I am two"}),
        ("orders", "three", 2024, {}),
        ("optouts", "four", 2020, {"consent_action": "object", "purpose": "offers"}),
        ("optouts", "five", 2020, {"consent_action": "grant", "purpose": "offers"}),
        ("blocklist", "six", 2020, {"reason": "own_request"}),
    ]
    for number, (feed, whose, year, values) in enumerate(rows):
        profile_id = layer.profile(
            feed, {"email": f"{whose}@x.example", "email_clean": f"{whose}@x.example", "block_hash": whose}
        )
        layer.add(feed, 1, f"row-{number}", profile_id, datetime(year, 1, 5), **values)
    made = Settings(warehouse=tmp_path / "warehouse", as_of=AS_OF)
    layer.write(made.places)
    _publish(made.places, {1: 1, 2: 1, 3: 3, 4: 3, 5: 5, 6: 6, 7: 7})
    return made


def _publish(places: Places, person_of: Mapping[int, int]) -> None:
    version = Version(number=1, as_of=AS_OF, inputs="", stale_feeds={})
    folder = places.published / version.name
    folder.mkdir(parents=True)
    for database in ("analytics", "customers"):
        with duckdb.connect(str(folder / f"{database}.duckdb")) as connection:
            connection.execute(
                "create schema identity; create table identity.profile_person (profile_id bigint, person_id bigint)"
            )
            connection.executemany(
                "insert into identity.profile_person values (?, ?)", list(person_of.items())
            )
    (folder / "version.json").write_text(version.model_dump_json())
    places.current.symlink_to(folder)


def _values(places: Places) -> str:
    """Every value of every raw file, decoded."""
    with duckdb.connect() as connection:
        return "".join(
            str(connection.execute(f"from '{path}'").fetchall())
            for path in sorted(places.raw.rglob("*.parquet"))
        )


def _ties(places: Places) -> dict[int, int | None]:
    with duckdb.connect() as connection:
        return dict(connection.execute(redacted_profiles(places)).fetchall())


def _contracts() -> list[Contract]:
    return list(CONTRACTS.values())


def test_a_dry_run_says_what_is_due_and_changes_nothing(settings: Settings) -> None:
    before = _values(settings.places)
    found = apply_retention(settings, _contracts(), is_dry=True)
    assert found.due == [
        Due("bought", "licence ended 2026-05-30, values may stay 30d", 2, 0, 0),
        Due("orders", "retention 2y", 1, 0, 0),
        Due("contest", "retention 1y", 1, 0, 0),
        Due("optouts", "retention 1y", 1, 1, 0),
        Due("blocklist", "retention 1y", 0, 1, 0),
    ]
    assert (found.people, found.people_left, found.files) == (4, 1, None)
    assert _values(settings.places) == before and _ties(settings.places) == {}


def test_values_go_a_living_person_keeps_the_number_and_a_refusal_stays(settings: Settings) -> None:
    apply_retention(settings, _contracts(), is_dry=False)
    left = _values(settings.places)
    assert {whose for whose in ("two", "three", "four", "five", "six") if f"{whose}@" in left} == {
        "four",
        "six",
    }
    assert left.count("one@x.example") == 2  # both columns of the order's profile, none of the bought one's
    assert "I am two" not in left
    assert _ties(settings.places) == {1: 2, 3: None, 4: None, 5: None, 7: None}
    assert apply_retention(settings, _contracts(), is_dry=False).due[-1] == Due(
        "blocklist", "retention 1y", 0, 1, 0
    )
    assert _ties(settings.places) == {1: 2, 3: None, 4: None, 5: None, 7: None}


def test_a_licence_may_keep_its_values_until_the_agreed_days_are_over(settings: Settings) -> None:
    early = settings.model_copy(update={"as_of": AS_OF.replace(day=29)})
    assert "bought" not in {due.feed for due in apply_retention(early, _contracts(), is_dry=True).due}


def test_what_was_killed_half_way_is_finished_by_the_next_call(settings: Settings) -> None:
    places = settings.places
    plan_redaction(places, [1], [2])  # the plan stands, the files have not followed
    assert _values(places).count("one@x.example") == 4
    draft = next(places.raw.glob("list_prospects/bought/*")) / ".profiles.parquet"
    draft.write_bytes(b"half a file")
    assert finish_redaction(places) == 1
    assert _values(places).count("one@x.example") == 2
    assert finish_redaction(places) == 0


def test_when_the_profile_a_shell_is_tied_to_goes_too_it_is_tied_to_the_next(settings: Settings) -> None:
    plan_redaction(settings.places, [3], [4])
    finish_redaction(settings.places)
    apply_retention(settings, _contracts(), is_dry=False)
    assert _ties(settings.places)[3] is None and _ties(settings.places)[4] is None


def test_a_refusal_past_its_time_loses_its_texts_as_sent_and_goes_on_refusing(settings: Settings) -> None:
    old, recent = datetime(2020, 1, 5), datetime(2026, 6, 1)
    sent = {"word": "Stop it!", "said": "withdraw", "purpose_sent": "All Offers", "purpose": "offers"}
    who = {"nr": "K7", "given": "Four", "family": "Bos", "mail": "four@x.example"}
    path = write_refusals(
        settings.places, "consents", "optouts", 90,
        refusal(1, who, **sent, event_sent="5-1-2020", event_at=old),
        refusal(2, who, **sent, event_sent="1-6-2026", event_at=recent),
        refusal(3, who, **sent, event_sent="long ago", delivered_on=date(2020, 1, 5)),
    )  # fmt: skip
    before = read_refusals(settings.places, path)
    assert apply_retention(settings, _contracts(), is_dry=True).due[3] == Due(
        "optouts", "retention 1y", 1, 1, 0, 2
    )
    assert read_refusals(settings.places, path) == before
    path.with_name(".refusals.parquet").write_bytes(b"half a file")
    apply_retention(settings, _contracts(), is_dry=False)
    after = read_refusals(settings.places, path)
    texts = ("word", "purpose_sent", "event_sent")
    assert after[1] == before[1]
    for place in (0, 2):
        assert after[place] == {name: value for name, value in before[place].items() if name not in texts}
        assert after[place]["email_keys"] == ["four@x.example"] and after[place]["customer_number"] == "K7"
    left = apply_retention(settings, _contracts(), is_dry=True).due
    assert [due.refusals for due in left] == [0] * len(left)
