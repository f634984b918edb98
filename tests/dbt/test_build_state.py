"""State-aware builds: what is built again, and when all of it."""

import json
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.dbt.build_state import Builds, begin, fingerprints
from pipelines.settings import Settings
from tests.dbt.built_project import Project

DAY = date(2026, 6, 30)


@pytest.fixture
def settings(project: Project, tmp_path: Path) -> Settings:
    """A copy of the empty warehouse, which a test may change."""
    shutil.copytree(project.places.root, tmp_path / "warehouse")
    return Settings(warehouse=tmp_path / "warehouse", as_of=DAY)


@pytest.fixture
def changed(project: Project) -> Callable[[Settings, Settings, Callable[[], object]], set[str]]:
    """Names of the models that something changes, in (before, after) of it."""
    models = [node["unique_id"] for node in project.models]

    def names(before: Settings, after: Settings, happens: Callable[[], object]) -> set[str]:
        known = fingerprints(before, project.manifest, models)
        happens()
        now = fingerprints(after, project.manifest, models)
        return {model.split(".")[2] for model in models if known[model] != now[model]}

    return names


Changed = Callable[[Settings, Settings, Callable[[], object]], set[str]]


def _on(settings: Settings, day: date) -> Settings:
    return settings.model_copy(update={"as_of": day})


def test_a_later_day_touches_what_asks_for_the_day_and_what_is_made_of_it(
    settings: Settings, changed: Changed
) -> None:
    touched = changed(settings, _on(settings, date(2026, 7, 1)), lambda: None)
    assert {"dim_person", "customer_360", "dim_person_values", "contactability", "source_quality"} <= touched
    assert not {"stg_sales", "int_rows_superseded", "int_profiles_seen", "fct_order_lines"} & touched
    # What is golden does not hang on the day, only how sure it still is.
    assert not {"int_values_ranked", "dim_account_contact", "int_orders_summed", "review_queue"} & touched


def test_a_later_day_touches_what_stands_on_a_licence_only_when_one_begins_or_ends(
    settings: Settings, changed: Changed
) -> None:
    feeds = settings.places.build / "feeds.parquet"
    bought = {
        "feed": "bought",
        "licence_provider": "a provider",
        "licence_valid_from": date(2026, 7, 2),
        "licence_valid_until": date(2026, 7, 4),
    }
    pq.write_table(pa.Table.from_pylist([bought], schema=pq.read_schema(feeds)), feeds)
    touched = [
        changed(_on(settings, date(2026, 7, day)), _on(settings, date(2026, 7, day + 1)), lambda: None)
        for day in range(1, 6)
    ]
    assert ["int_permissions_granted" in names for names in touched] == [True, False, False, True, False]


def test_nothing_is_touched_while_nothing_changes(settings: Settings, changed: Changed) -> None:
    assert changed(settings, settings, lambda: None) == set()


def test_another_person_touches_the_facts_of_people_and_no_staging(
    settings: Settings, changed: Changed
) -> None:
    def decide() -> None:
        with duckdb.connect(str(settings.places.analytics)) as connection:
            connection.execute("insert into identity.profile_person values (1, 1)")

    touched = changed(settings, settings, decide)
    assert {"fct_order_lines", "customer_360", "fct_permission_events"} <= touched
    assert not {"stg_sales", "int_profiles_seen", "dim_campaign"} & touched


def _landed(settings: Settings, kind: str, *events: datetime) -> Path:
    """A load of a kind with rows of these moments, and the index that lists it."""
    facts = settings.places.root / f"{kind}.parquet"
    rows = {"event_at": list(events), "snapshot_date": [None] * len(events)}
    types = pa.schema([("event_at", pa.timestamp("us")), ("snapshot_date", pa.date32())])
    pq.write_table(pa.table(rows, schema=types), facts)
    index = settings.places.build / "loads.parquet"
    load = {"kind": kind, "is_read": True, "facts_path": str(facts), "load_number": 1}
    pq.write_table(pa.Table.from_pylist([load], schema=pq.read_schema(index)), index)
    return facts


def test_a_load_touches_its_kind_and_a_later_day_only_when_a_row_falls_due(
    settings: Settings, changed: Changed
) -> None:
    def land() -> None:
        _landed(settings, "sales", datetime(2026, 6, 30, 12), datetime(2026, 7, 2, 9))

    touched = changed(settings, settings, land)
    assert {"stg_sales", "fct_order_lines", "int_rows_superseded"} <= touched
    assert not {"stg_web_events", "fct_support_tickets", "dim_campaign"} & touched
    before, due = _on(settings, date(2026, 7, 1)), _on(settings, date(2026, 7, 2))
    assert "stg_sales" not in changed(settings, before, lambda: None)
    assert {"stg_sales", "fct_order_lines"} <= changed(before, due, lambda: None)


def test_a_landed_file_that_was_rewritten_is_another(settings: Settings, changed: Changed) -> None:
    _landed(settings, "sales", datetime(2026, 6, 30, 12))
    touched = changed(settings, settings, lambda: _landed(settings, "sales", datetime(2026, 6, 30, 12)))
    assert "fct_order_lines" in touched


def test_a_run_spares_what_the_run_before_built_and_forgets_what_it_builds_before_it_does(
    settings: Settings, project: Project
) -> None:
    nodes = [node["unique_id"] for node in project.models]
    begin(settings, [], "first")
    shutil.copytree(project.places.build, settings.places.build, dirs_exist_ok=True)
    first = Builds(settings, project.manifest, "first", nodes)
    assert (first.spared, first.due) == ({}, nodes)
    first.passed(nodes)

    next_day = _on(settings, date(2026, 7, 1))
    begin(next_day, [], "second")
    second = Builds(next_day, project.manifest, "second", nodes)
    assert {"model.stamgast.fct_order_lines", "model.stamgast.dim_product"} <= second.spared.keys()
    assert "model.stamgast.customer_360" in second.due
    # It dies here: what it was about to build is due, though the day is the first again.
    begin(next_day, [], "third")
    assert set(Builds(next_day, project.manifest, "third", nodes).due) == set(second.due)


def test_a_part_that_is_built_on_demand_is_built_again_by_the_next_run(
    settings: Settings, project: Project
) -> None:
    product = ["model.stamgast.dim_product"]
    begin(settings, [], "first")
    shutil.copytree(project.places.build, settings.places.build, dirs_exist_ok=True)
    Builds(settings, project.manifest, "first", product).passed(product)
    on_demand = Builds(settings, project.manifest, "on demand", product)
    assert on_demand.due == product
    on_demand.passed(product)
    begin(settings, [], "next")
    assert Builds(settings, project.manifest, "next", product).due == product


@pytest.mark.parametrize("happened", ["rule", "day", "death", "loss", "another version of the project"])
def test_all_is_built_anew_when(settings: Settings, happened: str) -> None:
    places = settings.places
    begin(settings, [], "first")
    assert not places.analytics.exists()  # what nobody knows the making of is no ground to build on
    for database in (places.analytics, places.customers, places.scratch):
        database.touch()
    begin(settings, [], "second")
    assert places.analytics.exists()
    if happened == "rule":
        settings = settings.model_copy(update={"base_currency": "SEK"})
    elif happened == "day":
        settings = _on(settings, date(2026, 6, 29))
    elif happened == "another version of the project":
        noted = places.build / "build_state.json"
        noted.write_text(json.dumps(json.loads(noted.read_text("utf-8")) | {"more": 1}), encoding="utf-8")
    elif happened == "death":
        places.customers.with_name("customers.duckdb.wal").touch()
    else:
        places.scratch.unlink()
    begin(settings, [], "third")
    assert not any(
        path.exists() for path in (places.analytics, places.customers, places.scratch)
    ) and not list(places.build.glob("*.wal"))
