"""Hundreds of random histories: exactly those are reachable whom the definition allows, and merging never adds one."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from tests.permission import definition
from tests.permission.company import Built
from tests.permission.conftest import HISTORIES, Everything, Explain
from tests.permission.definition import Point, Reached
from tests.permission.histories import TELLINGS, plain_points
from tests.permission.rules import RULES

TOLD = [(telling, number) for telling in TELLINGS for number in range(HISTORIES)]


def test_exactly_the_points_that_the_definition_allows_are_reachable(
    every_point: dict[object, set[Reached]], defined: Mapping[object, set[Reached]], explain: Explain
) -> None:
    more = [owner for owner in TOLD if every_point.get(owner, set()) - defined[owner]]
    less = [owner for owner in TOLD if defined[owner] - every_point.get(owner, set())]
    for wrong, word in ((more, "more"), (less, "less")):
        if wrong:
            owner = wrong[0]
            differ = every_point.get(owner, set()) ^ defined[owner]
            pytest.fail(
                f"in {len(more)} tellings more is allowed, in {len(less)} less; {word}: {differ}\n{explain(owner)}"
            )


def test_contactability_says_yes_to_exactly_those_with_a_reachable_point_and_names_one_of_them(
    chosen: dict[object, set[Reached]], defined: Mapping[object, set[Reached]], explain: Explain
) -> None:
    for owner in TOLD:
        assert chosen.get(owner, set()) <= defined[owner], explain(owner)
        yes = {reached[:3] for reached in chosen.get(owner, set())}
        assert yes == {reached[:3] for reached in defined[owner]}, explain(owner)


def _points(number: int, telling: str, reached: Mapping[object, set[Reached]]) -> set[tuple[str, str, Point]]:
    plain = plain_points(number, telling, HISTORIES, 1)
    return {
        (channel, purpose, plain[point])
        for _, channel, purpose, point in reached.get((telling, number), set())
    }


@pytest.mark.parametrize("source", ["every_point", "defined"])
def test_whom_merging_makes_reachable_was_reachable_before(
    source: str, request: pytest.FixtureRequest, explain: Explain
) -> None:
    reached: Mapping[object, set[Reached]] = request.getfixturevalue(source)
    fewer = 0
    for number in range(HISTORIES):
        merged, as_they_came, apart = (
            _points(number, telling, reached) for telling in ("all_merged", "as_they_came", "all_apart")
        )
        assert merged <= as_they_came, explain(("all_merged", number))
        assert as_they_came <= apart, explain(("as_they_came", number))
        fewer += merged < apart
    assert fewer > 10, "the histories do not try the rule: merging takes nothing away in them"


def test_the_histories_try_every_rule(built: Built) -> None:
    counts: Counter[str] = Counter(
        dict(built.query("select rule, count(*) from marts.contactability group by all"))
    )
    expected = {
        "consent", "contract", "legitimate_interest", "soft_opt_in", "no_contact_point", "unconfirmed", "consent_required",
        "below_age", "withdrawn", "objected", "complained", "suppressed", "deceased", "undeliverable",
        "licence_not_in_force", "country_not_licensed", "channel_not_licensed",
    }  # fmt: skip
    # As many in 400 histories as five in a thousand.
    assert not {rule for rule in expected if counts[rule] < 2}, counts


@pytest.mark.parametrize("forgotten", definition.RULES)
def test_a_definition_without_one_of_its_rules_is_noticed(
    forgotten: str, built: Built, defined: Mapping[object, set[Reached]]
) -> None:
    # The comparison can fail: with a rule left out, some example or history comes out otherwise.
    owners = [*(("rule", one.title) for one in RULES), *TOLD]
    assert any(built.definition(owner, {forgotten}).allowed() != defined[owner] for owner in owners)


def test_the_databases_hold_no_identifier_that_they_need_not(everything: Everything) -> None:
    places = everything.built.places
    content = Path(places.analytics).read_bytes()
    assert b".example" not in content and b"straat" not in content
    with duckdb.connect(str(places.analytics), read_only=True) as connection:
        for table, column in connection.execute(
            "select schema_name || '.' || table_name, column_name from duckdb_columns() "
            "where data_type = 'VARCHAR' and schema_name in ('core', 'marts')"
        ).fetchall():
            count = f"select count(*) from {table} where {column} like '%.example%' or {column} like '+316%'"
            assert connection.execute(count).fetchall() == [(0,)], f"{table}.{column}"
