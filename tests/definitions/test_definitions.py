"""What Dagster finds: everything loads, is owned and described, and hangs together from feeds to published files."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from pipelines.contracts import read_contracts
from pipelines.dbt.running import Invocation
from pipelines.definitions import build_definitions
from pipelines.defs.dbt import _what_failed
from pipelines.defs.landing import feed_key
from pipelines.settings import PROJECT, read_settings


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.Definitions]:
    with pytest.MonkeyPatch.context() as patch:
        warehouse: Path = tmp_path_factory.mktemp("definitions") / "warehouse"
        settings = read_settings(sources=PROJECT / "sources", warehouse=warehouse)
        from pipelines.orchestration.in_process import environment

        for name, value in environment(settings).items():
            patch.setitem(os.environ, name, value)
        yield build_definitions(settings)


def test_the_definitions_load(loaded: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(loaded)


def test_every_asset_has_group_owner_kind_and_description(loaded: dg.Definitions) -> None:
    specs = [
        spec for spec in loaded.resolve_all_asset_specs() if not spec.metadata.get("dagster/auto_created")
    ]
    assert len(specs) > 80
    lacking = {
        spec.key.to_user_string(): [
            part for part in ("group_name", "owners", "kinds", "description") if not getattr(spec, part)
        ]
        for spec in specs
    }
    assert {key: parts for key, parts in lacking.items() if parts} == {}


def test_a_published_file_descends_from_every_feed(loaded: dg.Definitions) -> None:
    graph = loaded.resolve_asset_graph()
    feeds = {key for key in graph.get_all_asset_keys() if key.path[0] == "raw" and len(key.path) == 3}
    assert len(feeds) == len(list((PROJECT / "sources").glob("*.yml")))
    for database in ("analytics", "customers"):
        ancestors = dg.AssetSelection.assets(["published", database]).upstream().resolve(graph)
        assert feeds <= ancestors


def test_identity_stands_between_the_profiles_and_the_people(loaded: dg.Definitions) -> None:
    graph = loaded.resolve_asset_graph()
    people = graph.get(dg.AssetKey(["customers", "core", "dim_person"]))
    assert dg.AssetKey(["identity", "profile_person"]) in people.parent_keys


def test_a_required_feed_blocks_and_another_does_not(loaded: dg.Definitions) -> None:
    graph = loaded.resolve_asset_graph()
    for contract in read_contracts(PROJECT / "sources"):
        for check in ("deliveries", "freshness"):
            found = graph.get_check_spec(dg.AssetCheckKey(feed_key(contract), check))
            assert found.blocking == contract.required


def test_invariants_and_mart_suites_block_publishing(loaded: dg.Definitions) -> None:
    checks = [check for definition in loaded.asset_checks or [] for check in definition.check_specs]
    assert checks and all(check.blocking for check in checks if check.name == "suite")
    graph = loaded.resolve_asset_graph()
    assert (
        dg.AssetKey(["audit", "invariants"]) in graph.get(dg.AssetKey(["published", "analytics"])).parent_keys
    )


def test_the_schedule_passes_its_tick_as_as_of(loaded: dg.Definitions) -> None:
    from datetime import UTC, datetime

    schedule = loaded.resolve_schedule_def("daily")
    context = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 7, 1, 3, tzinfo=UTC))
    request = schedule.evaluate_tick(context).run_requests[0]
    assert request.run_config["resources"]["stamgast"]["config"]["as_of"] == "2026-07-01"


def test_a_broken_model_is_named_with_what_duckdb_has_against_its_sql_and_never_with_data(
    loaded: dg.Definitions, tmp_path: Path
) -> None:
    def result(name: str, message: str, failures: int | None = None) -> SimpleNamespace:
        status = "fail" if failures else "error"
        return SimpleNamespace(
            node=SimpleNamespace(name=name), message=message, failures=failures, status=status
        )

    results = [
        result("segment", 'Runtime Error in model segment\n  Binder Error: Referenced column "x" not found'),
        result(
            "cast", "Runtime Error in model cast\n  Conversion Error: could not convert 'Jansen' to INT32"
        ),
        result("unique", "Got 3 results", failures=3),
        SimpleNamespace(node=SimpleNamespace(name="good"), message="", failures=None, status="success"),
    ]
    sentence = _what_failed(Invocation(results, False, tmp_path))
    assert sentence.startswith(
        'dbt stopped at cast, segment (Binder Error: Referenced column "x" not found), unique (3 rows); its log is'
    )
    assert "good" not in sentence and "Jansen" not in sentence


def test_a_mistake_in_the_file_of_a_segment_stands_for_the_tests_that_its_members_break(
    loaded: dg.Definitions, tmp_path: Path
) -> None:
    names = ("unique_together_segment_members_segment", "not_null_dim_person_person_id")
    results = [
        SimpleNamespace(node=SimpleNamespace(name=name), message="", failures=1, status="fail")
        for name in names
    ]
    mistakes = ["dbt_project/models/segments/odd.sql: selects neither person_id nor account_id"]
    assert _what_failed(Invocation(results[:1], False, tmp_path), mistakes) == mistakes[0]
    both = _what_failed(Invocation(results, False, tmp_path), mistakes)
    assert both.startswith(f"{mistakes[0]}; dbt stopped at not_null_dim_person_person_id (1 row); its log is")


def test_a_seed_waits_for_the_index_as_staging_does(loaded: dg.Definitions) -> None:
    """Else Dagster loads it in a step of its own, and the step that begins the build anew may remove it."""
    graph = loaded.resolve_asset_graph()
    assert (
        dg.AssetKey(["raw", "loads"]) in graph.get(dg.AssetKey(["policies", "ages_of_consent"])).parent_keys
    )


def test_any_selection_of_tables_can_be_built_with_the_suites_of_just_these(loaded: dg.Definitions) -> None:
    from pipelines.orchestration.in_process import selected_keys

    job = loaded.resolve_job_def("stamgast")
    for select in ("key:marts/customer_360", "key:identity/person_shape", "group:marts"):
        keys = set(selected_keys(select, loaded))
        assert job.get_subset(asset_selection=keys).asset_layer.selected_asset_keys == keys
