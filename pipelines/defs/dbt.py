"""The dbt models as assets, and the invariants across tables as one blocking step before publishing."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets

from pipelines.dbt import Table, built_tables, fresh_manifest
from pipelines.defs.landing import CONTRACTS, feed_key
from pipelines.errors import StamgastError
from pipelines.resources import Dbt, Stamgast
from pipelines.settings import read_settings

MANIFEST = json.loads(fresh_manifest(read_settings()).read_text("utf-8"))
_KIND_OF_STAGING = {f"stg_{contract.kind}": contract.kind for contract in CONTRACTS}


def _feeds_as_parents(spec: dg.AssetSpec) -> dg.AssetSpec:
    """A staging model reads the loads of its kind's feeds, which the index of loads hides from dbt."""
    model = spec.key.path[-1]
    if model == "stg_profiles":
        parents = [feed_key(contract) for contract in CONTRACTS if contract.spec.has_contact_block]
    else:
        parents = [
            feed_key(contract) for contract in CONTRACTS if contract.kind == _KIND_OF_STAGING.get(model)
        ]
    return spec.merge_attributes(deps=parents) if parents else spec


@dbt_assets(manifest=MANIFEST, exclude="test_type:singular test_type:unit")
def dbt_models(context: dg.AssetExecutionContext, dbt: Dbt, stamgast: Stamgast) -> Iterator[Any]:
    """Staging, intermediate, core, marts and segments, with the tests beside them."""
    invocation = dbt.cli(
        ["build", "--exclude-resource-type", "unit_test"], context=context, raise_on_error=False
    )
    events = list(invocation.stream())
    tables = built_tables(stamgast.settings)
    for event in events:
        yield (
            event.with_metadata({**event.metadata, **_table_metadata(event, tables)})
            if isinstance(event, dg.Output)
            else event
        )
    if not invocation.is_successful():
        raise StamgastError(_what_failed(invocation.get_artifact("run_results.json")["results"]))


def _table_metadata(event: dg.Output, tables: Mapping[tuple[str, str, str], Table]) -> dict[str, Any]:
    """Row count and column types of the table a model built."""
    node = MANIFEST["nodes"][event.metadata["unique_id"].value]
    table = tables[node["database"], node["schema"], node["alias"]]
    described = {column["name"]: column["description"] for column in node["columns"].values()}
    schema = dg.TableSchema(
        [
            dg.TableColumn(column, data_type, described.get(column))
            for column, data_type in table.columns.items()
        ]
    )
    return {
        "dagster/column_schema": schema,
        **({"dagster/row_count": table.row_count} if table.row_count is not None else {}),
    }


def _what_failed(results: list[Mapping[str, Any]]) -> str:
    """Names the models and tests that failed; dbt's own message may quote data, so it stays in dbt's log."""
    failed = [
        f"{result['unique_id'].split('.')[2]} ({result['failures']} rows)"
        if result["failures"]
        else result["unique_id"].split(".")[2]
        for result in results
        if result["status"] in ("error", "fail")
    ]
    return f"dbt stopped at {', '.join(sorted(failed)) or 'its start'}; see build/dbt in the warehouse for its log"


MODELS = dbt_models.map_asset_specs(_feeds_as_parents)


def _in_words(name: str) -> str:
    return name.removeprefix("assert_").replace("_", " ")


def _invariants() -> dict[str, Mapping[str, Any]]:
    """The singular tests of the project, by name."""
    nodes = MANIFEST["nodes"].values()
    return {
        node["name"]: node
        for node in nodes
        if node["resource_type"] == "test" and "test_metadata" not in node
    }


AUDIT = dg.AssetKey(["audit", "invariants"])


@dg.asset(
    key=AUDIT,
    deps=sorted(MODELS.keys),
    group_name="audit",
    owners=["team:data"],
    kinds={"dbt"},
    description="What must hold across tables before anything is published; every singular test of the dbt project.",
    check_specs=[
        dg.AssetCheckSpec(name, asset=AUDIT, blocking=True, description=_in_words(name))
        for name in sorted(_invariants())
    ],
)
def invariants(dbt: Dbt, stamgast: Stamgast) -> dg.MaterializeResult:
    """Runs every singular test once, when all models are there."""
    invocation = dbt.cli(["test", "--select", "test_type:singular"], manifest=MANIFEST, raise_on_error=False)
    invocation.wait()
    found = {result["unique_id"]: result for result in invocation.get_artifact("run_results.json")["results"]}
    results = {name: found[node["unique_id"]] for name, node in sorted(_invariants().items())}
    return dg.MaterializeResult(
        check_results=[
            dg.AssetCheckResult(
                check_name=name,
                passed=result["status"] == "pass",
                metadata={"rows": result["failures"] or 0},
                description=None if result["status"] == "pass" else _broken(name, result),
            )
            for name, result in results.items()
        ]
    )


def _broken(name: str, result: Mapping[str, Any]) -> str:
    """What a broken invariant says; dbt's own message may quote data."""
    if result["status"] == "fail":
        return f"{result['failures']} rows break '{_in_words(name)}'; see dbt_project/tests/{name}.sql"
    return f"'{_in_words(name)}' could not be checked; run dbt_project/tests/{name}.sql"


@dg.definitions
def defs() -> dg.Definitions:
    """The dbt project."""
    return dg.Definitions(assets=[MODELS, invariants])
