"""The dbt models as assets, and the invariants across tables as one blocking step before publishing."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from pipelines.dbt import fresh_manifest
from pipelines.defs.landing import CONTRACTS, feed_key
from pipelines.resources import Stamgast
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
def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource, stamgast: Stamgast) -> Iterator[Any]:
    """Staging, intermediate, core, marts and segments, with the tests beside them."""
    yield from (
        dbt.cli(["build", "--exclude-resource-type", "unit_test"], context=context)
        .stream()
        .fetch_row_counts()
    )


MODELS = dbt_models.map_asset_specs(_feeds_as_parents)


def _invariants() -> dict[str, Mapping[str, Any]]:
    """The singular tests of the project, by name."""
    nodes = MANIFEST["nodes"].values()
    return {
        node["name"]: node
        for node in nodes
        if node["resource_type"] == "test" and "test_metadata" not in node
    }


def _key(unique_id: str) -> dg.AssetKey | None:
    """The asset of a dbt model, None for a source or test."""
    return next(
        (spec.key for spec in MODELS.specs if spec.metadata.get("dagster_dbt/unique_id") == unique_id),
        None,
    )


def _checked_asset(node: Mapping[str, Any]) -> dg.AssetKey:
    """The asset an invariant is shown at: the last of the models it reads."""
    keys = [key for parent in sorted(node["depends_on"]["nodes"]) if (key := _key(parent))]
    return keys[-1]


@dg.multi_asset_check(
    name="invariants",
    specs=[
        dg.AssetCheckSpec(
            name,
            asset=_checked_asset(node),
            blocking=True,
            description=name.removeprefix("assert_").replace("_", " ") + ".",
            additional_deps=[key for key in MODELS.keys if key != _checked_asset(node)],
        )
        for name, node in sorted(_invariants().items())
    ],
)
def invariants(dbt: DbtCliResource, stamgast: Stamgast) -> Iterator[dg.AssetCheckResult]:
    """Runs every singular test once, when all models are there."""
    invocation = dbt.cli(["test", "--select", "test_type:singular"], manifest=MANIFEST, raise_on_error=False)
    invocation.wait()
    results = {
        result["unique_id"]: result for result in invocation.get_artifact("run_results.json")["results"]
    }
    for name, node in sorted(_invariants().items()):
        result = results[node["unique_id"]]
        failures = result["failures"] or 0
        yield dg.AssetCheckResult(
            asset_key=_checked_asset(node),
            check_name=name,
            passed=result["status"] == "pass",
            metadata={"rows": failures},
            description=None
            if result["status"] == "pass"
            else f"{result['status']}: {failures} rows break it; see dbt_project/tests/{name}.sql",
        )


@dg.definitions
def defs() -> dg.Definitions:
    """The dbt project."""
    return dg.Definitions(assets=[MODELS], asset_checks=[invariants])
