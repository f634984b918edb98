"""What happened to person ids between published versions, and where an old id leads."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import StamgastError
from pipelines.identity.history.events import person_of, write_history
from pipelines.publishing.audits import AUDITS, stamp
from pipelines.publishing.publishing import publish, roll_back
from pipelines.publishing.versions import history_file, next_number
from pipelines.settings import Settings
from pipelines.warehouse.places import Places

DAY = date(2026, 6, 30)
People = Iterable[Iterable[int]]


class Warehouse:
    """A database that publishes versions, each a partition of profiles, one a day unless told otherwise."""

    def __init__(self, folder: Path) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("create schema identity")
        self.before: Path | None = None
        self.folder, self.version = folder, 0

    def build(self, people: People, day: date) -> None:
        rows = [(profile, min(person)) for person in map(list, people) for profile in person]
        self.connection.execute(
            "create or replace table identity.profile_person (profile_id bigint, person_id bigint)"
        )
        if rows:
            self.connection.executemany("insert into identity.profile_person values (?, ?)", rows)
        write_history(self.connection, self.before, self.version + 1, day)

    def publish(self, people: People, day: date | None = None) -> None:
        self.build(people, day or DAY + timedelta(days=self.version))
        self.version += 1
        self.before = self.folder / f"{self.version}.parquet"
        self.connection.execute(f"copy identity.profile_person_history to '{self.before}'")

    def rows(self, query: str) -> list[tuple]:
        return self.connection.execute(query).fetchall()

    def events(self, version: int) -> list[tuple]:
        return self.rows(
            "select person_id, event, other_person_id, profile_count from identity.person_events "
            f"where version = {version} order by all"
        )

    @property
    def people(self) -> dict[int, int]:
        return dict(self.rows("select profile_id, person_id from identity.profile_person"))


def after(folder: Path, *versions: People) -> Warehouse:
    warehouse = Warehouse(folder)
    for people in versions:
        warehouse.publish(people)
    return warehouse


@pytest.mark.parametrize(
    ("before", "now", "events"),
    [
        ([], [{1, 2}, {3}], [(1, "created", None, 2), (3, "created", None, 1)]),
        ([{1, 3}, {2, 4}], [{1, 2, 3, 4}], [(2, "merged", 1, 2)]),
        ([{1, 2, 3, 4}], [{1, 3}, {2, 4}], [(2, "split", 1, 2)]),
        ([{1, 2}], [{1, 2, 3}], []),
        ([{1, 3}, {2, 4}], [{1, 3, 4}, {2}], [(1, "split", 2, 1)]),
        # An older profile, released from a held load: the older number is the id.
        ([{2, 3}], [{1, 2, 3}], [(1, "created", None, 3), (2, "merged", 1, 2)]),
        ([{1}], [], [(1, "retired", None, 1)]),
        ([{1, 2, 3}], [{2, 3}], [(1, "retired", 2, 1), (2, "created", 1, 2)]),
        ([{1, 2}, {3}], [{2, 3}], [(1, "retired", 2, 1), (2, "created", 1, 2), (3, "merged", 2, 1)]),
        ([{2, 3}, {1}], [{1, 3}], [(2, "retired", 1, 1)]),
        # What stays falls apart: the id leads to the smallest profile left, the other is split from it.
        ([{1, 2, 3}], [{2}, {3}], [(1, "retired", 2, 1), (2, "created", 1, 1), (3, "split", 1, 1)]),
        ([{1, 4}, {2, 3}], [{1, 2}, {3, 4}], [(2, "merged", 1, 1), (3, "split", 1, 1), (3, "split", 2, 1)]),
    ],
)
def test_what_happened_between_two_versions(
    tmp_path: Path, before: People, now: People, events: list[tuple]
) -> None:
    assert after(tmp_path, before, now).events(2) == sorted(events, key=str)


def test_a_merge_and_a_split_restore_both_ids_and_the_way_there_can_be_read(tmp_path: Path) -> None:
    apart = [{1, 3}, {2, 4}]
    warehouse = after(tmp_path, apart, [{1, 2, 3, 4}], apart)
    assert warehouse.people == {1: 1, 2: 2, 3: 1, 4: 2}
    assert warehouse.rows("select event, version from identity.person_events where person_id = 2") == [
        ("created", 1), ("merged", 2), ("split", 3),
    ]  # fmt: skip
    for day, person in ((DAY, 2), (DAY + timedelta(days=1), 1), (DAY + timedelta(days=2), 2)):
        assert warehouse.rows(
            "select person_id from identity.profile_person_history where profile_id = 4 "
            f"and valid_from <= date '{day}' and (valid_to is null or date '{day}' < valid_to)"
        ) == [(person,)]


def test_two_versions_of_one_day_are_two_steps_of_history_and_one_day(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    warehouse.publish([{1, 2}], DAY)
    warehouse.publish([{1}, {2}], DAY)
    assert warehouse.events(2) == [(2, "split", 1, 1)]
    assert warehouse.rows(
        "select person_id from identity.profile_person_history where profile_id = 2 "
        f"and valid_from <= date '{DAY}' and (valid_to is null or date '{DAY}' < valid_to)"
    ) == [(2,)]


def test_an_old_id_leads_to_who_was_together_with_it_last(tmp_path: Path) -> None:
    warehouse = after(
        tmp_path,
        [{1, 2}, {3, 4}, {5}],
        [{2, 3}, {4}, {5}],  # 1 is no longer active: its person goes on as 2, where 3 comes in
        [{3}, {4}],  # neither are 2 and 5
    )
    assert [person_of(warehouse.connection, number) for number in (1, 2, 3, 4, 5, 6)] == [
        3, 3, 3, 4, None, None,
    ]  # fmt: skip


def test_every_column_is_described(tmp_path: Path) -> None:
    assert (
        after(tmp_path, [{1}]).rows(
            "select table_name, column_name from duckdb_columns() where comment is null "
            "and table_name in ('profile_person_history', 'person_events')"
        )
        == []
    )


PROFILES = range(1, 7)
# Of each profile the group it is in, None: it is not active.
PARTITION = st.fixed_dictionaries({profile: st.sampled_from([None, 0, 1, 2]) for profile in PROFILES})


def grouped(groups: Mapping[int, int | None]) -> list[set[int]]:
    found: dict[int, set[int]] = {}
    for profile, group in groups.items():
        if group is not None:
            found.setdefault(group, set()).add(profile)
    return list(found.values())


def numbered(people: People) -> dict[int, int]:
    return {profile: min(person) for person in map(list, people) for profile in person}


@settings(max_examples=25, deadline=None)
@given(
    versions=st.lists(PARTITION, min_size=1, max_size=5),
    days=st.lists(st.integers(0, 2), min_size=5, max_size=5),
)
def test_the_history_holds_every_version_and_its_events_account_for_every_id(
    tmp_path_factory: pytest.TempPathFactory, versions: Sequence[Mapping[int, int | None]], days: list[int]
) -> None:
    warehouse = Warehouse(tmp_path_factory.mktemp("history"))
    published: list[tuple[date, dict[int, int]]] = []
    day = DAY
    for groups, passed in zip(versions, days, strict=False):
        day += timedelta(days=passed)
        warehouse.publish(grouped(groups), day)
        published.append((day, numbered(grouped(groups))))
    ids: set[int] = set()
    for number, (_, people) in enumerate(published, start=1):
        was, ids = ids, set(people.values())
        held = warehouse.rows(
            "select profile_id, person_id from identity.profile_person_history "
            f"where from_version <= {number} and (to_version is null or {number} < to_version)"
        )
        assert len(held) == len(people) and dict(held) == people
        events = warehouse.events(number)
        created = [person for person, event, *_ in events if event == "created"]
        split = {person for person, event, *_ in events if event == "split"}
        gone = [person for person, event, *_ in events if event in ("merged", "retired")]
        assert len(created) == len(set(created)) and set(created) <= ids - was <= set(created) | split
        assert sorted(gone) == sorted(was - ids)
        assert all(event[3] > 0 for event in events)
    for day, people in dict(published).items():
        known = warehouse.rows(
            "select profile_id, person_id from identity.profile_person_history "
            f"where valid_from <= date '{day}' and (valid_to is null or date '{day}' < valid_to)"
        )
        assert len(known) == len(people) and dict(known) == people
    for number in PROFILES:
        assert person_of(warehouse.connection, number) == lead(number, [people for _, people in published])


def lead(number: int, published: Sequence[Mapping[int, int]]) -> int | None:
    """Who is meant by a number after these versions: by way of those it was together with when last active."""
    asked, known = {number}, set[int]()
    while asked:
        if active := asked & published[-1].keys():
            return published[-1][min(active)]
        known |= asked
        together = set()
        for profile in asked:
            last = next((people for people in reversed(published) if profile in people), {})
            together |= {other for other, person in last.items() if person == last[profile]}
        asked = together - known
    return None


@settings(max_examples=10, deadline=None)
@given(first=PARTITION, second=PARTITION)
def test_building_again_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    first: Mapping[int, int | None],
    second: Mapping[int, int | None],
) -> None:
    warehouse = Warehouse(tmp_path_factory.mktemp("history"))
    warehouse.publish(grouped(first))
    tables = "select 'h', * from identity.profile_person_history", "from identity.person_events"
    warehouse.build(grouped(second), DAY)
    once = [warehouse.rows(table) for table in tables]
    warehouse.build(grouped(second), DAY)
    assert [warehouse.rows(table) for table in tables] == once
    # A version of the same people brings nothing.
    warehouse.publish(grouped(second), DAY)
    warehouse.publish(grouped(second), DAY)
    assert [warehouse.rows(table) for table in tables] == once


@pytest.fixture
def company(tmp_path: Path) -> Settings:
    return Settings(sources=tmp_path / "sources", warehouse=tmp_path / "warehouse", as_of=DAY)


def publish_people(company: Settings, *people: set[int]) -> Places:
    """Builds the two databases with nothing but these people, and publishes them as if they had been audited."""
    places = company.places
    places.build.mkdir(parents=True, exist_ok=True)
    for database in (places.analytics, places.customers):
        database.unlink(missing_ok=True)
    with duckdb.connect(str(places.customers)) as connection:
        connection.execute("create table held (id bigint)")
    with duckdb.connect(str(places.analytics)) as connection:
        connection.execute("create schema identity")
        connection.execute("create schema marts")
        connection.execute("create table marts.segment_history (segment varchar)")
        connection.execute("create table identity.profile_person (profile_id bigint, person_id bigint)")
        connection.executemany(
            "insert into identity.profile_person values (?, ?)", sorted(numbered(people).items())
        )
        write_history(connection, history_file(places, "person_history"), next_number(places), company.as_of)
    for audit in AUDITS:
        stamp(places, audit, "inputs")
    publish(company, "inputs", {})
    return places


def published_events(places: Places) -> list[tuple]:
    with duckdb.connect(str(places.current / "analytics.duckdb"), read_only=True) as connection:
        return connection.execute(
            "select person_id, event, other_person_id, version from identity.person_events order by version, person_id"
        ).fetchall()


def test_a_version_that_was_rolled_back_is_no_part_of_history(company: Settings) -> None:
    publish_people(company, {1}, {2})
    publish_people(company, {1, 2})
    roll_back(company)
    places = publish_people(company, {1}, {2}, {3})
    assert published_events(places) == [
        (1, "created", None, 1), (2, "created", None, 1), (3, "created", None, 3),
    ]  # fmt: skip


def test_the_history_survives_the_loss_of_all_that_is_derived(company: Settings) -> None:
    publish_people(company, {1}, {2})
    places = publish_people(company, {1, 2})
    before = published_events(places)
    assert (2, "merged", 1, 2) in before
    for folder in (places.published, places.build):
        for path in folder.rglob("*"):
            path.chmod(0o755)
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    publish_people(company, {1, 2})
    assert published_events(places) == before


def test_the_ledger_keeps_the_histories_of_the_versions_that_are_kept(company: Settings) -> None:
    for number in range(1, 9):
        places = publish_people(company, set(range(1, number + 1)))
    kept = [
        sorted(int(path.stem) for path in (places.ledger / history).iterdir())
        for history in ("person_history", "segment_history")
    ]
    assert kept == [[4, 5, 6, 7, 8]] * 2
    assert len(published_events(places)) == 1


def test_a_history_goes_on_from_the_last_version_of_an_earlier_day(company: Settings) -> None:
    days = [DAY, DAY + timedelta(days=7), DAY + timedelta(days=30)]
    for day in days:
        places = publish_people(company.model_copy(update={"as_of": day}), {1}, {2})
    found = {
        day: path.stem if (path := history_file(places, "person_history", day)) else None
        for day in (DAY - timedelta(days=1), DAY, DAY + timedelta(days=29), days[2])
    }
    assert list(found.values()) == [None, "00001", "00002", "00003"]


def test_the_past_replaces_what_is_in_force_only_when_one_insists(company: Settings) -> None:
    later = company.model_copy(update={"as_of": DAY + timedelta(days=7)})
    publish_people(later, {1}, {2})
    with pytest.raises(StamgastError, match=f"as_of {DAY} lies before version {later.as_of}-00001"):
        publish_people(company, {1}, {2})
    places = company.places
    assert publish(company, "inputs", {}, force=True).number == 2
    # The history of the next day goes on from the later one all the same.
    assert (
        history_file(places, "person_history", later.as_of) == places.ledger / "person_history/00001.parquet"
    )
