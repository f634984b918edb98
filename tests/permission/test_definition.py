"""A thousand random histories: exactly those are reachable whom the definition allows, and merging never adds one."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.policies import read_country_rules
from pipelines.settings import PROJECT
from tests.permission.conftest import Built
from tests.permission.definition import Point, Reached, point_of, reachable
from tests.permission.histories import HISTORIES, TELLINGS, History

_ALLOWED = "('consent', 'contract', 'legal_obligation', 'legitimate_interest', 'soft_opt_in')"


def _reached(built: Built, query: str) -> dict[tuple[str, int], set[Reached]]:
    """(telling, history) -> what was reached; `query` gives person, channel, purpose and point, as numbers."""
    whose: dict[int, tuple[str, int, int]] = {}  # profile -> telling, history, record
    for telling in TELLINGS:
        for number, history in enumerate(built.histories):
            for place, profile_id in enumerate(history.told[telling]):
                whose[profile_id] = (telling, number, place)
    found: dict[tuple[str, int], set[Reached]] = defaultdict(set)
    with duckdb.connect() as connection:
        for path in (built.places.analytics, built.places.scratch):
            connection.execute(f"attach '{path}' as {path.stem} (read_only)")
        connection.execute("use analytics")
        for person_id, channel, purpose, point_id in connection.execute(query).fetchall():
            telling, number, place = whose[person_id]
            point_telling, point_history, bearer = whose[point_id // 10]
            assert (telling, number) == (point_telling, point_history)
            history = built.histories[number]
            sort = {1: "email", 2: "phone", 3: "address"}[point_id % 10]
            point = point_of(history.records[bearer], sort)
            assert point is not None
            found[telling, number].add((history.groups(telling)[place], channel, purpose, point))
    return found


@pytest.fixture(scope="module")
def every_point(built: Built) -> dict[tuple[str, int], set[Reached]]:
    """All points that the SQL allows, those included that contactability does not choose."""
    return _reached(
        built,
        "select distinct person_id, channel, purpose, contact_point_id "
        f"from scratch.intermediate.int_permissions_ruled where rule in {_ALLOWED}",
    )


@pytest.fixture(scope="module")
def defined(built: Built) -> dict[tuple[str, int], set[Reached]]:
    """All points that the definition allows, in plain Python."""
    rules = read_country_rules(PROJECT / "sources")
    return {
        (telling, number): reachable(history, history.groups(telling), rules)
        for telling in TELLINGS
        for number, history in enumerate(built.histories)
    }


def test_exactly_the_points_that_the_definition_allows_are_reachable(
    every_point: dict[tuple[str, int], set[Reached]], defined: dict[tuple[str, int], set[Reached]]
) -> None:
    wrong = {
        key: (every_point.get(key, set()) - allowed, allowed - every_point.get(key, set()))
        for key, allowed in defined.items()
        if every_point.get(key, set()) != allowed
    }
    assert not wrong, f"{len(wrong)} of {len(defined)} tellings, such as {next(iter(wrong.items()))}"


def test_contactability_says_yes_to_exactly_those_with_a_reachable_point_and_names_one_of_them(
    built: Built, defined: dict[tuple[str, int], set[Reached]]
) -> None:
    chosen = _reached(
        built,
        "select person_id, channel, purpose, contact_point_id from marts.contactability where is_allowed",
    )
    for key, allowed in defined.items():
        assert chosen.get(key, set()) <= allowed
        assert {reached[:3] for reached in chosen.get(key, set())} == {reached[:3] for reached in allowed}


def _points(reached: set[Reached]) -> set[tuple[str, str, Point]]:
    return {(channel, purpose, point) for _, channel, purpose, point in reached}


def test_whom_merging_makes_reachable_was_reachable_before(
    built: Built, every_point: dict[tuple[str, int], set[Reached]]
) -> None:
    fewer = 0
    for number in range(HISTORIES):
        merged, as_they_came, apart = (
            _points(every_point.get((telling, number), set()))
            for telling in ("all_merged", "as_they_came", "all_apart")
        )
        assert merged <= as_they_came <= apart
        fewer += merged < apart
    assert fewer > 20, "the histories do not try the rule: merging takes nothing away in them"


def test_the_histories_try_every_rule(built: Built) -> None:
    with duckdb.connect(str(built.places.analytics), read_only=True) as connection:
        counts: Counter[str] = Counter(
            dict(
                connection.execute("select rule, count(*) from marts.contactability group by all").fetchall()
            )
        )
    expected = {
        "consent", "contract", "legitimate_interest", "soft_opt_in", "no_contact_point", "unconfirmed", "consent_required",
        "below_age", "withdrawn", "objected", "complained", "suppressed", "deceased", "undeliverable",
        "licence_not_in_force", "country_not_licensed", "channel_not_licensed",
    }  # fmt: skip
    assert not {rule for rule in expected if counts[rule] < 5}, counts


def test_a_definition_without_one_of_its_rules_is_noticed(
    built: Built, every_point: dict[tuple[str, int], set[Reached]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The comparison can fail: with withdrawals on shared points left out, the two no longer agree.
    from tests.permission import definition

    complete = definition._refusals

    def forgetful(
        history: History, group_of: list[int], place: int, channel: str, purpose: str, point: Point
    ) -> Iterator[datetime]:
        own = [act for act in history.acts if act.record == place]
        return complete(
            History(history.records, history.people, own), group_of, place, channel, purpose, point
        )

    monkeypatch.setattr(definition, "_refusals", forgetful)
    rules = read_country_rules(PROJECT / "sources")
    assert any(
        reachable(history, history.groups("as_they_came"), rules)
        != every_point.get(("as_they_came", number), set())
        for number, history in enumerate(built.histories)
    )


def test_analytics_holds_no_identifier_of_the_histories(built: Built) -> None:
    content = Path(built.places.analytics).read_bytes()
    assert b"@post.example" not in content and b"Street all_" not in content
    with duckdb.connect(str(built.places.analytics), read_only=True) as connection:
        for table, column in connection.execute(
            "select schema_name || '.' || table_name, column_name from duckdb_columns() "
            "where data_type = 'VARCHAR' and schema_name in ('core', 'marts')"
        ).fetchall():
            count = f"select count(*) from {table} where {column} like '%@post.example%' or {column} like '+31all%'"
            assert connection.execute(count).fetchall() == [(0,)], f"{table}.{column}"
