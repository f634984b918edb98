"""The dbt models as assets, and the invariants across tables as one blocking step before publishing."""

import json
from collections.abc import Iterator, Mapping, Set
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from pipelines.column_lineage import Lineages, Relation
from pipelines.dbt import Invocation, Table, built_tables, fresh_manifest, invoke, start_anew
from pipelines.defs.landing import CONTRACTS, INDEX, feed_key
from pipelines.errors import StamgastError
from pipelines.expectations.reading import table_suites
from pipelines.publishing import forget_audits, inputs_digest, stamp
from pipelines.resources import Stamgast
from pipelines.settings import Settings, read_settings

MANIFEST = json.loads(fresh_manifest(read_settings()).read_text("utf-8"))
_TRANSLATOR = DagsterDbtTranslator()
# The asset of every table that dbt builds or reads.
KEYS: dict[Relation, dg.AssetKey] = {
    (node["database"], node["schema"], node.get("alias") or node["identifier"]): _TRANSLATOR.get_asset_spec(
        MANIFEST, unique_id, None
    ).key
    for unique_id, node in (MANIFEST["nodes"] | MANIFEST["sources"]).items()
    if node["resource_type"] in ("model", "seed", "source")
}
# Where all of these are built, the build begins.
STAGING = {key for (_, schema, _), key in KEYS.items() if schema == "staging"}
_KIND_OF_STAGING = {f"stg_{contract.kind}": contract.kind for contract in CONTRACTS}


SEEDS = {
    KEYS[node["database"], node["schema"], node["alias"]]
    for node in MANIFEST["nodes"].values()
    if node["resource_type"] == "seed"
}


def _feeds_as_parents(spec: dg.AssetSpec) -> dg.AssetSpec:
    """A staging model reads the loads of its kind's feeds, which the index of loads hides from dbt; one model all feeds.

    A seed waits for the index as staging does: else Dagster loads it in a step of its own, and the step that begins the
    build anew may come later and remove it.
    """
    if spec.key in SEEDS:
        return spec.merge_attributes(deps=list(INDEX))
    kind = _KIND_OF_STAGING.get(spec.key.path[-1])
    reads_all = spec.key.path[-1] == "int_rows_superseded"
    parents = [feed_key(contract) for contract in CONTRACTS if reads_all or contract.kind == kind]
    return spec.merge_attributes(deps=parents) if parents else spec


@dbt_assets(manifest=MANIFEST, exclude="test_type:singular test_type:unit")
def dbt_models(context: dg.AssetExecutionContext, stamgast: Stamgast) -> Iterator[Any]:
    """Staging, intermediate, core, marts and segments, with the tests beside them."""
    settings = stamgast.settings
    is_new = context.selected_asset_keys >= STAGING
    judged = map(".".join, table_suites()) if is_new else _judged_below(context.selected_asset_keys)
    forget_audits(settings.places, judged, is_new)
    if is_new:
        start_anew(settings.places)
        stamp(settings.places, "built", inputs_digest(settings, CONTRACTS))
    invocation = _build(context, settings)
    tables = built_tables(settings)
    lineages = Lineages(
        invocation.target / "lineage.json",
        {relation: table.columns for relation, table in tables.items()},
        passing=[settings.as_of.isoformat(), str(settings.places.root)],
    )
    for event in _asset_events(context, invocation):
        if isinstance(event, dg.Output):
            node = MANIFEST["nodes"][event.metadata["unique_id"].value]
            compiled = invocation.target / "compiled" / node["package_name"] / node["original_file_path"]
            is_model = node["resource_type"] == "model"
            made_of = lineages.of(compiled.read_text("utf-8")) if is_model else {}
            event = event.with_metadata(
                {**event.metadata, **_table_metadata(node, tables[_relation(node)], made_of)}
            )
        yield event
    lineages.save()
    if not invocation.succeeded:
        raise StamgastError(_what_failed(invocation))


def _judged_below(selected: Set[dg.AssetKey]) -> Iterator[str]:
    """The tables with a suite among these and all that dbt makes of them."""
    waiting = [
        unique_id
        for unique_id, node in MANIFEST["nodes"].items()
        if node["resource_type"] in ("model", "seed") and KEYS[_relation(node)] in selected
    ]
    below: set[str] = set()
    while waiting:
        if (unique_id := waiting.pop()) not in below:
            below.add(unique_id)
            waiting += MANIFEST["child_map"].get(unique_id, [])
    suites = {dg.AssetKey(list(name)): ".".join(name) for name in table_suites()}
    for unique_id in below:
        node = MANIFEST["nodes"].get(unique_id)
        if node and node["resource_type"] == "model" and KEYS[_relation(node)] in suites:
            yield suites[KEYS[_relation(node)]]


def _build(context: dg.AssetExecutionContext, settings: Settings) -> Invocation:
    """Builds what Dagster selected, in a target folder of the step's own."""
    chosen = get_updated_cli_invocation_params_for_context(
        context=context, manifest=MANIFEST, dagster_dbt_translator=_TRANSLATOR
    )
    target = settings.places.build / "dbt" / context.op_execution_context.op.name
    narrowed = (
        ["--indirect-selection", chosen.indirect_selection] if chosen.indirect_selection is not None else []
    )
    return invoke(
        settings, target, "build", "--exclude-resource-type", "unit_test", *chosen.selection_args, *narrowed
    )


def _asset_events(context: dg.AssetExecutionContext, invocation: Invocation) -> Iterator[Any]:
    """dbt's results as Dagster's: an output per model, a check result per test."""
    for event in invocation.events:
        message = DbtCoreCliEventMessage(raw_event=dict(event), event_history_metadata={})
        yield from message.to_default_asset_events(
            manifest=MANIFEST,
            dagster_dbt_translator=_TRANSLATOR,
            context=context,
            target_path=invocation.target,
        )


def _relation(node: Mapping[str, Any]) -> Relation:
    return node["database"], node["schema"], node.get("alias") or node["identifier"]


def _table_metadata(
    node: Mapping[str, Any], table: Table, made_of: Mapping[str, list[tuple[Relation, str]]]
) -> dict[str, Any]:
    """Rows, column types and column lineage of the table a model built."""
    described = {column["name"]: column["description"] for column in node["columns"].values()}
    metadata: dict[str, Any] = {
        "dagster/column_schema": dg.TableSchema(
            [
                dg.TableColumn(column, data_type, described.get(column))
                for column, data_type in table.columns.items()
            ]
        ),
        "dagster/column_lineage": dg.TableColumnLineage(
            {
                column: [
                    dg.TableColumnDep(KEYS[relation], source)
                    for relation, source in sources
                    if relation in KEYS
                ]
                for column, sources in made_of.items()
            }
        ),
    }
    return metadata if table.row_count is None else metadata | {"dagster/row_count": table.row_count}


def _what_failed(invocation: Invocation) -> str:
    """Names the models and tests that failed; dbt's own message may quote data, so the rest stays in dbt's log."""
    failed = [_failure(result) for result in invocation.results if result.status in ("error", "fail")]
    return f"dbt stopped at {', '.join(sorted(failed)) or 'its start'}; its log is {invocation.target / 'dbt.log'}"


def _failure(result: Any) -> str:
    """The node, with the rows it found or what DuckDB has against its SQL: such a message quotes no data."""
    if result.failures:
        return f"{result.node.name} ({result.failures} rows)"
    lines = [line.strip() for line in (result.message or "").splitlines()]
    against = [line for line in lines if line.startswith(("Binder Error", "Catalog Error", "Parser Error"))]
    return f"{result.node.name} ({against[0]})" if against else result.node.name


MODELS = dbt_models.map_asset_specs(_feeds_as_parents)

# The lists of dbt_project/reference: nobody makes them.
REFERENCE = [
    dg.AssetSpec(
        _TRANSLATOR.get_asset_spec(MANIFEST, unique_id, None).key,
        description=source["description"],
        group_name="reference",
        owners=["team:data"],
        kinds={"csv"},
    )
    for unique_id, source in MANIFEST["sources"].items()
    if source["source_name"] == "reference"
]


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
def invariants(stamgast: Stamgast) -> dg.MaterializeResult:
    """Runs every singular test once, when all models are there."""
    settings = stamgast.settings
    invocation = invoke(
        settings, settings.places.build / "dbt" / "invariants", "test", "--select", "test_type:singular"
    )
    found = {result.node.unique_id: result for result in invocation.results}
    results = {name: found[node["unique_id"]] for name, node in sorted(_invariants().items())}
    if all(result.status == "pass" for result in results.values()):
        stamp(settings.places, "invariants", inputs_digest(settings, CONTRACTS))
    return dg.MaterializeResult(
        check_results=[
            dg.AssetCheckResult(
                check_name=name,
                passed=result.status == "pass",
                metadata={"rows": result.failures or 0},
                description=None if result.status == "pass" else _broken(name, result),
            )
            for name, result in results.items()
        ]
    )


def _broken(name: str, result: Any) -> str:
    """What a broken invariant says; dbt's own message may quote data."""
    if result.status == "fail":
        return f"{result.failures} rows break '{_in_words(name)}'; see dbt_project/tests/{name}.sql"
    return f"'{_in_words(name)}' could not be checked; run dbt_project/tests/{name}.sql"


@dg.definitions
def defs() -> dg.Definitions:
    """The dbt project."""
    return dg.Definitions(assets=[MODELS, invariants, *REFERENCE])
