"""However profiles are merged and split into people and companies, nothing that was accepted is lost or counts twice.

The project's own compiled models run over drawn order lines (returns, currencies, lines of one order by several profiles)
and drawn people and companies; then its own invariants are asked.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dbt.built_project import Project

PROFILES = 6
INVARIANTS = (
    "assert_what_people_did_is_what_was_accepted",
    "assert_money_of_people_products_households_and_companies_is_what_was_accepted",
    "assert_the_account_360_never_fans_out",
    "assert_revenue_of_people_and_nobody_equals_revenue_accepted",
)
LINES = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(1, PROFILES)),  # profile
        st.sampled_from(["web", "till"]),  # feed
        st.sampled_from(["a", "b", "c"]),  # order
        st.sampled_from(["EUR", "SEK"]),
        st.integers(1, 99_999),  # cents
        st.booleans(),  # return
        st.sampled_from(["p", "q", None]),  # product
        st.integers(0, 500),  # days before as_of
    ),
    max_size=25,
)


def ids(most: int) -> st.SearchStrategy[list[int]]:
    """A partition: for each profile the first profile of its group, or 0 for none."""
    return st.lists(st.integers(0, most), min_size=PROFILES, max_size=PROFILES)


@pytest.fixture(scope="module")
def built(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the databases of the empty company, whose staged sales are a table."""
    folder: Path = tmp_path_factory.mktemp("conserved")
    with duckdb.connect() as connection:
        for path in (project.places.analytics, project.places.customers, project.places.scratch):
            shutil.copyfile(path, folder / path.name)
            connection.execute(f"attach '{folder / path.name}' as {path.stem}")
        connection.execute("use analytics")
        connection.execute("""
            create table scratch.main.sales as from scratch.staging.stg_sales;
            drop view scratch.staging.stg_sales;
            create table scratch.staging.stg_sales as from scratch.main.sales;
        """)
        yield connection


def _first(groups: list[int], start: int) -> dict[int, int]:
    """Profile -> the smallest profile of its group, as identity numbers people and companies."""
    found: dict[int, int] = {}
    return {
        start + place: found.setdefault(group, start + place) for place, group in enumerate(groups) if group
    }


def _models(project: Project) -> list[dict[str, Any]]:
    """What was built after identity, in the order in which it was."""
    kinds = {node["unique_id"]: node["config"]["materialized"] for node in project.models}
    before = ("stg_", "int_rows_superseded", "int_profiles_seen", "int_rates_valid")
    return [
        result
        for result in project.run_results
        if kinds.get(result["unique_id"]) in ("table", "amended")
        and not result["unique_id"].rsplit(".", 1)[1].startswith(before)
    ]


@given(lines=LINES, people=ids(4), companies=ids(3))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_orders_and_revenue_are_conserved_through_merges_splits_returns_and_currencies(
    project: Project,
    built: duckdb.DuckDBPyConnection,
    lines: list[tuple[Any, ...]],
    people: list[int],
    companies: list[int],
) -> None:
    person, account = _first([group + 1 for group in people], 1), _first(companies, 1)
    for table in ("identity.profile_person", "identity.profile_account", "scratch.staging.stg_sales"):
        built.execute(f"delete from {table}")
    built.execute("delete from scratch.intermediate.int_profiles_seen")
    built.execute("delete from scratch.intermediate.int_rates_valid")
    built.execute("""
        insert into scratch.intermediate.int_rates_valid (currency, rate, valid_from, valid_until)
        values ('EUR', 1, '0001-01-01', '9999-12-31'), ('SEK', 11.37, '0001-01-01', '9999-12-31')
    """)
    for profile in range(1, PROFILES + 1):
        built.execute(
            "insert into scratch.intermediate.int_profiles_seen by name select ? as profile_id, 'web' as feed, "
            "'sales' as kind, true as makes_people, false as is_from_bought_list, timestamp '2026-01-01' as first_seen_at, "
            "timestamp '2026-06-01' as last_seen_at, 1 as fact_count",
            [profile],
        )
        built.execute("insert into identity.profile_person values (?, ?)", [profile, person[profile]])
        if profile in account:
            built.execute(
                "insert into identity.profile_account values (?, ?, 'name')", [profile, account[profile]]
            )
    for place, (profile, feed, order, currency, cents, is_return, product, days) in enumerate(lines):
        built.execute(
            "insert into scratch.staging.stg_sales by name select ? as feed, ? as record_key, ? as profile_id, "
            "timestamp '2026-06-30 12:00' - to_days(?) as event_at, ? as order_id, ? as line_type, ? as product_id, "
            "1 as quantity, 0 as discount_amount, ?::decimal(18, 2) as amount, ? as currency",
            [
                feed,
                str(place),
                profile,
                days,
                order,
                "return" if is_return else "sale",
                product,
                (-cents if is_return else cents) / 100,
                currency,
            ],
        )
    for result in _models(project):
        built.execute(f"create or replace table {result['relation_name']} as {result['compiled_code']}")
    assert built.execute("select count(*) from core.fct_order_lines").fetchall() == [(len(lines),)]
    tests = {result["unique_id"].split(".")[2]: result for result in project.run_results}
    for invariant in INVARIANTS:
        assert built.execute(tests[invariant]["compiled_code"]).fetchall() == [], invariant
