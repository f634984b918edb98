"""The signs that people were merged or doubled by mistake, and the suites that stop publishing at them."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines.expectations.checking import check_table
from pipelines.identity.history.events import write_history
from pipelines.identity.people.shape import write_person_shape
from pipelines.warehouse.places import Places

DAY = date(2026, 6, 30)
Row = tuple[int, int, str | None, str | None, str | None]


def shape_of(*rows: Row) -> dict[int, tuple]:
    """person_shape of rows (profile, person, given name, family name, e-mail)."""
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as customers")
    connection.execute("attach ':memory:' as scratch")
    for schema in ("identity", "scratch.intermediate", "customers.identity"):
        connection.execute(f"create schema {schema}")
    connection.execute(
        "create table scratch.intermediate.int_profiles_seen (profile_id bigint, given_name_clean varchar, "
        "family_name_clean varchar, email_clean varchar)"
    )
    connection.execute("create table identity.profile_person (profile_id bigint, person_id bigint)")
    connection.execute("create table customers.identity.bad_values (field varchar, value varchar)")
    connection.execute("insert into customers.identity.bad_values values ('email', 'shop@example.nl')")
    for profile, person, *values in rows:
        connection.execute("insert into identity.profile_person values (?, ?)", [profile, person])
        connection.execute(
            "insert into scratch.intermediate.int_profiles_seen values (?, ?, ?, ?)", [profile, *values]
        )
    write_person_shape(connection)
    assert (
        connection.execute(
            "select column_name from duckdb_columns() where table_name = 'person_shape' and comment is null"
        ).fetchall()
        == []
    )
    return {
        person: tuple(values)
        for person, *values in connection.execute("from identity.person_shape").fetchall()
    }


@pytest.mark.parametrize(
    ("given", "family", "counts"),
    [
        ([None], [None], (0, 0)),
        (["Jan"], ["Jansen"], (1, 1)),
        (["Jan", "J.", "J.P.", "J"], ["Jansen"] * 4, (1, 1)),
        (["Jan", "Jan Willem", "JAN"], ["Jansen", "Jánsen", "Jansen-de Boer"], (1, 1)),
        (["Johannes", "Johanes", "Johannse", "Johan"], ["Janssen", "Jansen", "Jnasen", "Jansen"], (1, 1)),
        (["明", "Ming", "小明", "明"], ["王", "Wang", "王", "Wang"], (1, 1)),
        (["Jan", "Marie", "Kees", "Sofie"], ["Jansen", "Smit", "Bakker", "de Vries"], (4, 4)),
        (["亚梦", "彤语", "Jan", "威斓"], ["周", "张", "刘", "Smit"], (3, 3)),
    ],
)
def test_spellings_of_one_name_count_once_and_different_names_each(
    given: Sequence[str | None], family: Sequence[str | None], counts: tuple[int, int]
) -> None:
    rows = [
        (number, 1, one, other, None)
        for number, (one, other) in enumerate(zip(given, family, strict=True), start=1)
    ]
    assert shape_of(*rows) == {1: (len(rows), *counts, False)}


def test_a_namesake_at_the_same_address_is_told_from_one_at_another_or_at_a_bad_one() -> None:
    shape = shape_of(
        (1, 1, "Jan", "Jansen", "jan@example.nl"),
        (2, 2, "JAN", "Jánsen", "jan@example.nl"),
        (3, 3, "Jan", "Jansen", "jansen@example.nl"),
        (4, 4, "Jan", "Jansen", "shop@example.nl"),
        (5, 5, "Jan", "Jansen", "shop@example.nl"),
        (6, 6, "Marie", "Jansen", "jan@example.nl"),
        (7, 7, None, "Jansen", "jan@example.nl"),
        (8, 3, "Jan", "Jansen", "jansen@example.nl"),
    )
    assert {person for person, (*_, doubled) in shape.items() if doubled} == {1, 2}


def broken_rules(folder: Path, table: str, version: int = 2) -> list[tuple[str, str]]:
    """Severity and rule of what does not hold for identity.<table> of folder/analytics.duckdb."""
    with duckdb.connect(str(folder / "customers.duckdb")):
        pass
    results = check_table(
        "identity",
        table,
        folder / "analytics.duckdb",
        folder / "customers.duckdb",
        as_of=DAY,
        version=version,
        base_currency="EUR",
        places=Places(folder),
    )
    assert [result.problem for result in results if result.problem] == []
    return [(result.severity, result.rule) for result in results if not result.success]


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("", []),
        ("set profile_count = 201 where person_id = 7", ["warning"]),
        ("set profile_count = 501 where person_id = 7", ["error", "warning"]),
        ("set given_name_count = 4 where person_id <= 5", []),
        ("set given_name_count = 4 where person_id <= 6", ["warning"]),
        ("set family_name_count = 9 where person_id <= 20", ["error", "warning"]),
        ("set has_namesake_at_same_email = true where person_id <= 20", []),
        ("set has_namesake_at_same_email = true where person_id <= 21", ["warning"]),
        ("set has_namesake_at_same_email = true where person_id <= 70", ["error", "warning"]),
    ],
)
def test_people_of_an_odd_shape_are_told_and_too_many_stop_publishing(
    tmp_path: Path, change: str, broken: list[str]
) -> None:
    with duckdb.connect(str(tmp_path / "analytics.duckdb")) as connection:
        connection.execute("create schema identity")
        connection.execute(
            "create table identity.person_shape as select range + 1 as person_id, 2 as profile_count, "
            "1 as given_name_count, 1 as family_name_count, false as has_namesake_at_same_email from range(2000)"
        )
        if change:
            connection.execute(f"update identity.person_shape {change}")
    assert sorted(severity for severity, _ in broken_rules(tmp_path, "person_shape")) == broken


def with_history(folder: Path, first: int, changed: int, gone: int) -> None:
    """Two versions of pairs of profiles; in the second `changed` pairs are parted and `gone` profiles inactive."""
    database = folder / "analytics.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema identity")
        connection.execute(
            f"create table identity.profile_person as select range as profile_id, range - range % 2 as person_id from range({first})"
        )
        write_history(connection, None, 1, DAY)
        connection.execute(f"copy identity.profile_person_history to '{folder / 'before.parquet'}'")
        connection.execute(
            f"update identity.profile_person set person_id = profile_id where profile_id < {2 * changed}"
        )
        connection.execute(f"delete from identity.profile_person where profile_id >= {first - gone}")
        connection.execute(
            f"insert into identity.profile_person select range, range from range({first}, {first + 100})"
        )
        write_history(connection, folder / "before.parquet", 2, DAY)


@pytest.mark.parametrize(
    ("changed", "gone", "broken"), [(20, 0, []), (0, 400, []), (21, 0, ["warning"]), (21, 400, ["warning"])]
)
def test_a_version_that_renames_more_than_two_percent_of_the_profiles_warns(
    tmp_path: Path, changed: int, gone: int, broken: list[str]
) -> None:
    with_history(tmp_path, 1000, changed, gone)
    found = broken_rules(tmp_path, "profile_person_history")
    assert [severity for severity, _ in found] == broken
    # The version after it is compared with this one.
    assert broken_rules(tmp_path, "profile_person_history", version=3) == []


def test_a_history_that_ends_before_it_begins_stops_publishing(tmp_path: Path) -> None:
    with_history(tmp_path, 100, 0, 0)
    with duckdb.connect(str(tmp_path / "analytics.duckdb")) as connection:
        connection.execute(
            "update identity.profile_person_history set to_version = from_version, valid_to = valid_from where profile_id = 1"
        )
    assert "error" in [severity for severity, _ in broken_rules(tmp_path, "profile_person_history")]


@pytest.mark.parametrize(
    ("profiles", "touched", "pairs", "broken"),
    [
        (187_000, 187_000, 1_057_000, []),
        (187_000, 187_000, 30 * 187_000 + 1, ["warning"]),
        (187_000, 187_000, 100 * 187_000 + 1, ["error", "warning"]),
        # A day of few new profiles: some of them have many partners.
        (187_000, 10, 900, []),
        (187_000, 2_000, 250_000, ["error", "warning"]),
        (1_000, 1_000, 499_500, []),
    ],
)
def test_a_key_that_compares_everybody_with_everybody_stops_publishing(
    tmp_path: Path, profiles: int, touched: int, pairs: int, broken: list[str]
) -> None:
    with duckdb.connect(str(tmp_path / "analytics.duckdb")) as connection:
        connection.execute("create schema identity")
        connection.execute(
            f"create table identity.resolution as select {profiles} as profiles, {touched} as touched_profiles, {pairs} as pairs_scored"
        )
    assert sorted(severity for severity, _ in broken_rules(tmp_path, "resolution")) == broken
