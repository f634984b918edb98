"""What a change would do, before it is done: on a copy of the build, counted and named by ids."""

import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rich.console import Console

from pipelines.cli.preview import show_preview
from pipelines.errors import StamgastError
from pipelines.identity.history.differences import (
    Change,
    Conflict,
    SegmentChange,
    find_differences,
    find_segment_changes,
    keep,
)
from pipelines.identity.rules import RULES_FILE, read_rules
from pipelines.orchestration.preview import preview
from pipelines.publishing.audits import stamp
from pipelines.publishing.versions import Version
from pipelines.settings import Settings
from pipelines.warehouse.locking import locked
from tests.identity.small_company import Company

DAY = date(2026, 6, 30)
HEADER = "decision,left_profile_id,right_profile_id,author,reason,date,expires\n"
JAN = {"given_name": "Jan", "family_name": "Jansen", "email": "jan@x.nl"}
MARIE = {"given_name": "Marie", "family_name": "Peeters", "email": "marie@x.nl"}
PIET = {"given_name": "Piet", "phone": "+31612345678", "customer_number": "17"}


def _compared(
    before: Sequence[int],
    after: Sequence[int],
    revenue: Sequence[int],
    permitted: Sequence[tuple[int, str, str, bool, str]] = (),
) -> duckdb.DuckDBPyConnection:
    """Profiles 1, 2, ... with the person they are of before and after, and their revenue."""
    connection = duckdb.connect()
    connection.execute("""
        attach ':memory:' as scratch;
        create schema scratch.intermediate;
        create schema core;
        create schema identity;
        create table scratch.intermediate.int_profiles_permitted
            (profile_id bigint, purpose varchar, channel varchar, is_granted boolean, said_at timestamp);
        create table core.fct_order_lines (profile_id bigint, base_amount decimal(18, 2));
        insert into core.fct_order_lines values (null, 1000);
        create table identity.profile_person (profile_id bigint, person_id bigint);
        create table identity.profile_account as select 1 as profile_id, 1 as account_id;
    """)
    people = "insert into identity.profile_person values (?, ?)"
    connection.executemany(people, list(enumerate(before, start=1)))
    for table in ("identity.profile_person", "identity.profile_account"):
        keep(connection, table)
    connection.execute("delete from identity.profile_person")
    connection.executemany(people, list(enumerate(after, start=1)))
    connection.executemany(
        "insert into core.fct_order_lines values (?, ?)", list(enumerate(revenue, start=1))
    )
    for row in permitted:
        connection.execute(
            "insert into scratch.intermediate.int_profiles_permitted values (?, ?, ?, ?, ?)", row
        )
    return connection


def test_a_merge_moves_the_part_that_brings_less_and_keeps_the_older_id() -> None:
    with _compared([1, 2, 2, 4], [1, 1, 1, 4], [10, 20, 30, 99]) as connection:
        found = find_differences(connection, 5)
    assert found.merged == [Change(1, (1, 2), 3, Decimal(60))]
    assert found.split == []
    counts = found.counts
    assert (counts.people_before, counts.people_after, counts.people_merged, counts.people_split) == (
        3,
        2,
        1,
        0,
    )
    assert (counts.moved_profiles, counts.moved_revenue) == (1, Decimal(10))


def test_a_split_is_the_reverse_and_returns_count_without_sign() -> None:
    with _compared([1, 1, 1], [1, 2, 2], [-40, 10, 20]) as connection:
        found = find_differences(connection, 5)
    assert found.split == [Change(1, (1, 2), 3, Decimal(-10))]
    assert (found.counts.moved_profiles, found.counts.moved_revenue) == (2, Decimal(30))


def test_only_so_many_are_listed_and_the_largest_come_first() -> None:
    with _compared([1, 2, 3, 4, 5, 6], [1, 1, 3, 3, 5, 5], [1, 1, 50, 0, 5, 5]) as connection:
        found = find_differences(connection, 2)
    assert [change.person_id for change in found.merged] == [3, 5]
    assert found.counts.people_merged == 3


def test_a_conflict_is_between_people_and_not_within_one_of_today() -> None:
    permitted = [
        # 1 and 2 are one person already, who took it back.
        (1, "offers", "email", True, "2026-01-01"),
        (2, "offers", "email", False, "2026-02-01"),
        (3, "offers", "email", False, "2026-01-01"),
        (1, "offers", "post", True, "2026-01-01"),
        (3, "offers", "post", False, "2025-01-01"),
        (3, "service", "post", True, "2025-01-01"),
        (4, "offers", "post", True, "2025-01-01"),
    ]
    with _compared([1, 1, 3, 4], [1, 1, 1, 4], [0, 0, 0, 0], permitted) as connection:
        found = find_differences(connection, 5)
    assert found.conflicts == [Conflict(1, "offers", "post", (1,), (3,))]
    assert found.counts.people_in_conflict == 1


_PARTITIONS = st.lists(st.integers(1, 4), min_size=6, max_size=6)


def _people(groups: Sequence[int]) -> list[int]:
    """Each group by its first profile."""
    return [groups.index(group) + 1 for group in groups]


@hypothesis_settings(max_examples=40, deadline=None)
@given(_PARTITIONS, _PARTITIONS, st.lists(st.integers(-50, 50), min_size=6, max_size=6))
def test_what_moves_is_the_same_there_and_back_and_nothing_without_a_change(
    before: list[int], after: list[int], revenue: list[int]
) -> None:
    old, new = _people(before), _people(after)
    with _compared(old, new, revenue) as connection:
        there = find_differences(connection, 10)
    with _compared(new, old, revenue) as connection:
        back = find_differences(connection, 10)
    assert (there.merged, there.split) == (back.split, back.merged)
    assert (there.counts.moved_profiles, there.counts.moved_revenue) == (
        back.counts.moved_profiles,
        back.counts.moved_revenue,
    )
    assert (there.counts.moved_profiles == 0) == (old == new)
    for change in there.merged:
        mine = [place for place, person in enumerate(new) if person == change.person_id]
        assert change.net_revenue == sum(revenue[place] for place in mine)
        assert change.others == tuple(sorted({old[place] for place in mine}))


def test_who_goes_on_in_a_segment_under_another_id_neither_enters_nor_leaves() -> None:
    with _compared([1, 2, 3, 3, 5], [1, 1, 3, 4, 5], [0] * 5) as connection:
        connection.execute("""
            create schema marts;
            create table marts.segment_members as
            select * from (values
                ('loyal', 'person', 2, null), ('loyal', 'person', 3, null), ('loyal', 'person', 5, null),
                ('gone', 'person', 1, null), ('large', 'account', null, 1)
            ) as members (segment, member_type, person_id, account_id)
        """)
        keep(connection, "marts.segment_members")
        connection.execute("""
            create or replace table marts.segment_members as
            select * from (values
                ('loyal', 'person', 1, null), ('loyal', 'person', 3, null), ('loyal', 'person', 4, null),
                ('new', 'person', 5, null), ('large', 'account', null, 1)
            ) as members (segment, member_type, person_id, account_id)
        """)
        assert find_segment_changes(connection) == [
            SegmentChange("gone", before=1, after=0, entered=0, left=1),
            SegmentChange("large", before=1, after=1, entered=0, left=0),
            SegmentChange("loyal", before=3, after=3, entered=1, left=1),
            SegmentChange("new", before=0, after=1, entered=1, left=0),
        ]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The build of two people of two records each and two whom a veto parts, published; what a quick preview reads."""
    settings = Settings(
        sources=tmp_path / "sources", warehouse=tmp_path / "warehouse", as_of=date(2026, 8, 1)
    )
    places = settings.places
    (settings.sources / "overrides").mkdir(parents=True)
    places.build.mkdir(parents=True)
    people = [
        JAN,
        {**JAN, "feed": "till"},
        MARIE,
        {**MARIE, "feed": "till"},
        {**PIET, "family_name": "Mulder jr."},
        {**PIET, "family_name": "Mulder sr."},
        *(
            {"company_name": "Molen", "company_number": "NL12345678", "makes_people": False, "feed": feed}
            for feed in "ab"
        ),
    ]
    connection = Company(people).connection
    connection.execute("""
        create schema core;
        create table core.fct_order_lines as
        select * from (values (1, 10.0), (2, 20.0), (3, 5.0), (4, 6.0)) as lines (profile_id, base_amount);
        create table scratch.intermediate.int_profiles_permitted as
        select * from (values (1, 'offers', 'email', true, timestamp '2026-01-01'), (4, 'offers', 'email', false, timestamp '2026-01-01'))
        as permitted (profile_id, purpose, channel, is_granted, said_at);
    """)
    for database, path in (
        ("memory", places.analytics),
        ("customers", places.customers),
        ("scratch", places.scratch),
    ):
        connection.execute(
            f"attach '{path}' as copied; copy from database {database} to copied; detach copied"
        )
    version = Version(number=1, as_of=DAY, inputs="these", stale_feeds={})
    stamp(places, "built", "these")
    (places.published / version.name).mkdir(parents=True)
    for database in ("analytics.duckdb", "customers.duckdb"):
        (places.published / version.name / database).touch()
    (places.published / version.name / "version.json").write_text(version.model_dump_json())
    places.current.symlink_to(places.published / version.name)
    return settings


def _overrides(settings: Settings, *lines: str) -> Path:
    path = settings.sources / "overrides" / "identity.csv"
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return path


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*.duckdb")}


def test_nothing_changed_shows_nothing(settings: Settings) -> None:
    found = preview(settings, with_segments=False)
    assert (found.as_of, found.version) == (DAY, "2026-06-30-00001")
    assert (found.differences.counts.people_before, found.differences.counts.people_after) == (4, 4)
    assert found.differences.counts.moved_profiles == found.differences.counts.people_in_conflict == 0
    assert found.segments is None


def test_decisions_in_place_and_decisions_given_are_tried_and_nothing_is_touched(settings: Settings) -> None:
    before = _contents(settings.places.root)
    _overrides(settings, "same,1,3,desk,called,2026-06-01,")
    found = preview(settings, with_segments=False).differences
    assert found.merged == [Change(1, (1, 3), 4, Decimal(41))]
    assert found.counts.moved_revenue == Decimal(11)
    assert found.conflicts == [Conflict(1, "offers", "email", (1,), (3,))]
    other = settings.sources / "other.csv"
    other.write_text(HEADER + "different,3,4,desk,called,2026-06-01,\n")
    found = preview(settings, overrides=other, with_segments=False).differences
    assert (found.merged, found.split) == ([], [Change(3, (3, 4), 2, Decimal(11))])
    assert _contents(settings.places.root) == before


def test_decisions_about_companies_stay_in_force_whatever_is_tried_for_people(settings: Settings) -> None:
    companies = settings.sources / "overrides" / "companies.csv"
    companies.write_text(HEADER + "different,7,8,desk,sold,2026-06-01,\n")
    given = settings.sources / "tried.csv"
    given.write_text(HEADER)
    for overrides in (None, given):
        counts = preview(settings, overrides=overrides, with_segments=False).differences.counts
        assert (counts.accounts_before, counts.accounts_after) == (1, 2)
    given.write_text(HEADER + "merge,1,2,a,b,2026-06-01,\n")
    with pytest.raises(StamgastError, match=r"tried\.csv, line 2: decision is neither"):
        preview(settings, overrides=given, with_segments=False)


def test_a_decision_expired_on_the_day_of_the_build_is_not_tried(settings: Settings) -> None:
    _overrides(settings, "same,1,3,desk,called,2026-06-01,2026-06-29")
    assert preview(settings, with_segments=False).differences.merged == []
    # The build is of 30 June, whatever day it is now.
    _overrides(settings, "same,1,3,desk,called,2026-06-01,2026-06-30")
    assert len(preview(settings, with_segments=False).differences.merged) == 1


def test_other_rules_are_tried(settings: Settings) -> None:
    lenient = read_rules().model_copy(update={"vetoes": []})
    assert preview(settings, rules=read_rules(), with_segments=False).differences.merged == []
    found = preview(settings, rules=lenient, with_segments=False).differences
    assert [change.others for change in found.merged] == [(5, 6)]
    assert found.split == []


def test_what_cannot_be_tried_is_one_sentence(settings: Settings, tmp_path: Path) -> None:
    console = Console(file=io.StringIO())
    with pytest.raises(StamgastError, match=r"no-such\.yml: there is no such file"):
        show_preview(settings, tmp_path / "no-such.yml", None, None, True, 5, console)
    with pytest.raises(StamgastError, match=r"no marts\.segment_members to compare with"):
        preview(settings)
    _overrides(settings, "same,1,3,a,b,2026-06-01,", "different,1,3,a,b,2026-06-01,")
    with pytest.raises(StamgastError, match="line 3: contradicts line 2"):
        preview(settings, with_segments=False)
    with locked(settings.places), pytest.raises(StamgastError, match="another run"):
        preview(settings, with_segments=False)
    assert not (settings.places.build / "preview" / "build").exists()
    settings.places.scratch.unlink()
    with pytest.raises(StamgastError, match="no whole build"):
        preview(settings, with_segments=False)


def test_a_build_that_is_not_published_is_compared_with_as_such(settings: Settings) -> None:
    stamp(settings.places, "built", "others")
    found = preview(settings, with_segments=False)
    assert (found.version, found.as_of) == (None, settings.as_of)


def test_the_terminal_shows_ids_and_no_names(settings: Settings) -> None:
    output = io.StringIO()
    _overrides(settings, "same,1,3,desk,called,2026-06-01,")
    show_preview(settings, RULES_FILE, None, None, True, 5, Console(file=output, width=200))
    shown = output.getvalue()
    for part in (
        "version 2026-06-30-00001",
        "11.00 EUR",
        "41.00 EUR",
        "1, 3",
        "offers",
        "nothing was changed",
    ):
        assert part in shown
    assert not any(name in shown for name in ("Jan", "Marie", "Piet", "x.nl"))
