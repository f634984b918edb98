"""The dbt models as assets, and the invariants across tables as one blocking step before publishing."""

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from pipelines.dbt.build_state import Builds, begin
from pipelines.dbt.column_lineage import Lineages, Relation
from pipelines.dbt.running import (
    Invocation,
    Table,
    built_tables,
    compiled_sql,
    invoke_on,
    parsed_project,
)
from pipelines.dbt.segments import segment_mistakes
from pipelines.defs.landing import CONTRACTS, INDEX, feed_key
from pipelines.errors import StamgastError
from pipelines.expectations.reading import table_suites
from pipelines.publishing.versions import forget_audits, inputs_digest, stamp
from pipelines.resources import Stamgast
from pipelines.settings import read_settings

MANIFEST = json.loads((parsed_project(read_settings()) / "manifest.json").read_text("utf-8"))
_TRANSLATOR = DagsterDbtTranslator()
# The asset of every table that dbt builds or reads.
KEYS: dict[Relation, dg.AssetKey] = {
    (node["database"], node["schema"], node.get("alias") or node["identifier"]): _TRANSLATOR.get_asset_spec(
        MANIFEST, unique_id, None
    ).key
    for unique_id, node in (MANIFEST["nodes"] | MANIFEST["sources"]).items()
    if node["resource_type"] in ("model", "seed", "source")
}


def _relation(node: Mapping[str, Any]) -> Relation:
    return node["database"], node["schema"], node.get("alias") or node["identifier"]


# Dagster's name of what a node gives, and the node.
_NODES: dict[str, Mapping[str, Any]] = {
    KEYS[_relation(node)].to_python_identifier(): node
    for node in MANIFEST["nodes"].values()
    if node["resource_type"] in ("model", "seed")
}
# Where all of these are built, the build begins.
STAGING = {key for (_, schema, _), key in KEYS.items() if schema == "staging"}
_KIND_OF_STAGING = {f"stg_{contract.kind}": contract.kind for contract in CONTRACTS}


# The check of every test that is about one model; a singular test of one model is judged here, and spared by the audit.
_CHECKS = {
    unique_id: key
    for unique_id, node in MANIFEST["nodes"].items()
    if node["resource_type"] == "test"
    and (key := get_asset_check_key_for_test(MANIFEST, _TRANSLATOR, unique_id, project=None))
}
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
    """Staging, intermediate, core, marts and segments, with the tests beside them: those that would come out otherwise."""
    settings = stamgast.settings
    is_new = context.selected_asset_keys >= STAGING
    judged = map(".".join, table_suites()) if is_new else _judged_below(context.selected_asset_keys)
    forget_audits(settings.places, judged, is_new)
    if is_new:
        begin(settings, CONTRACTS, context.run_id)
        stamp(settings.places, "built", inputs_digest(settings, CONTRACTS))
    builds = Builds(settings, MANIFEST, context.run_id, _chosen(context))
    # A step of its own has a folder of its own.
    target = settings.places.dbt / context.op_execution_context.op.name
    invocation = invoke_on(settings, target, "build", builds.due)
    tables = built_tables(settings)
    lineages = Lineages(
        parsed_project(settings) / "lineage.json",
        {relation: table.columns for relation, table in tables.items()},
        passing=[settings.as_of.isoformat(), str(settings.places.root)],
    )
    for event in _asset_events(context, invocation, builds.spared):
        if isinstance(event, dg.Output):
            node = _NODES[event.output_name]
            compiled = compiled_sql(settings, node)
            made_of = lineages.of(compiled.read_text("utf-8")) if compiled else {}
            event = event.with_metadata(
                {**event.metadata, **_table_metadata(node, tables[_relation(node)], made_of)}
            )
        yield event
    lineages.save()
    builds.passed(invocation.passed)
    has_members = any(
        result.node.name == _MEMBERS and result.status == "success" for result in invocation.results
    )
    mistakes = segment_mistakes(settings.places) if has_members else []
    if mistakes or not invocation.succeeded:
        raise StamgastError(_what_failed(invocation, mistakes))


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


def _chosen(context: dg.AssetExecutionContext) -> list[str]:
    """The nodes that Dagster selected: models and seeds, and of their tests those that read nothing else."""
    chosen = [
        unique_id
        for unique_id, node in MANIFEST["nodes"].items()
        if node["resource_type"] in ("model", "seed") and KEYS[_relation(node)] in context.selected_asset_keys
    ]
    models = set(chosen)
    return chosen + [
        unique_id
        for unique_id, key in _CHECKS.items()
        if key in context.selected_asset_check_keys
        and (models.issuperset(MANIFEST["nodes"][unique_id]["depends_on"]["nodes"]) or not models)
    ]


# Nodes of dbt behind those they read, as Dagster wants to hear of them.
_ORDER = tuple(
    TopologicalSorter(
        {unique_id: node["depends_on"].get("nodes", ()) for unique_id, node in MANIFEST["nodes"].items()}
    ).static_order()
)


def _asset_events(
    context: dg.AssetExecutionContext, invocation: Invocation, spared: Mapping[str, str]
) -> Iterator[Any]:
    """dbt's results as Dagster's, an output per model and a check result per test; of what is spared as well."""
    said = {
        event["data"]["node_info"]["unique_id"]: event
        for event in invocation.events
        if "node_info" in event["data"]
    }
    for unique_id in _ORDER:
        if unique_id in spared:
            yield _reused(unique_id, spared[unique_id])
        elif unique_id in said:
            message = DbtCoreCliEventMessage(raw_event=dict(said[unique_id]), event_history_metadata={})
            yield from message.to_default_asset_events(
                manifest=MANIFEST,
                dagster_dbt_translator=_TRANSLATOR,
                context=context,
                target_path=invocation.target,
            )


def _reused(unique_id: str, day: str) -> dg.Output | dg.AssetCheckResult:
    """What was built, or passed, of the same inputs before: what is downstream waits for it."""
    metadata = {"unique_id": unique_id, "status": "reused", "built as of": day}
    if check := _CHECKS.get(unique_id):
        return dg.AssetCheckResult(
            passed=True, asset_key=check.asset_key, check_name=check.name, metadata=metadata
        )
    key = KEYS[_relation(MANIFEST["nodes"][unique_id])]
    return dg.Output(None, output_name=key.to_python_identifier(), metadata=metadata)


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


_MEMBERS = "segment_members"


def _what_failed(invocation: Invocation, mistakes: Sequence[str] = ()) -> str:
    """Names the models and tests that failed; dbt's own message may quote data, so the rest stays in dbt's log.

    `mistakes` of segments say what their members break.
    """
    failed = [
        _failure(result)
        for result in invocation.results
        if result.status in ("error", "fail") and not (mistakes and _MEMBERS in result.node.name)
    ]
    said = list(mistakes)
    if failed or not mistakes:
        stopped = f"dbt stopped at {', '.join(sorted(failed)) or 'its start'}"
        said.append(f"{stopped}; its log is {invocation.target / 'dbt.log'}")
    return "; ".join(said)


def _failure(result: Any) -> str:
    """The node, with the rows it found or what DuckDB has against its SQL: such a message quotes no data."""
    if result.failures:
        return f"{result.node.name} ({result.failures} row{'' if result.failures == 1 else 's'})"
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
def invariants(context: dg.AssetExecutionContext, stamgast: Stamgast) -> dg.MaterializeResult:
    """Runs every singular test of what changed, when all models are there."""
    settings = stamgast.settings
    names = {node["unique_id"]: name for name, node in sorted(_invariants().items())}
    builds = Builds(settings, MANIFEST, context.run_id, names)
    invocation = invoke_on(settings, settings.places.dbt / "invariants", "test", builds.due)
    builds.passed(invocation.passed)
    found = {result.node.unique_id: result for result in invocation.results}
    passing = {*builds.spared, *invocation.passed}
    if passing.issuperset(names):
        stamp(settings.places, "invariants", inputs_digest(settings, CONTRACTS))
    return dg.MaterializeResult(
        check_results=[
            dg.AssetCheckResult(
                check_name=name,
                passed=unique_id in passing,
                metadata={
                    "rows": (unique_id in found and found[unique_id].failures) or 0,
                    "status": "reused" if unique_id in builds.spared else "built",
                },
                description=None if unique_id in passing else _broken(name, found[unique_id]),
            )
            for unique_id, name in names.items()
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
