"""The dbt models as assets, and the invariants across tables as one blocking step before publishing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets

from pipelines.contracts import Contract
from pipelines.dbt.build_state import Builds, begin
from pipelines.dbt.column_lineage import Lineages, Relation
from pipelines.dbt.running import Invocation, Table, built_tables, compiled_sql, invoke_on, parsed_project
from pipelines.dbt.segments import segment_mistakes
from pipelines.defs.landing import INDEX, feed_key
from pipelines.defs.project import Node, Project, relation
from pipelines.errors import StamgastError
from pipelines.expectations.reading import table_suites
from pipelines.publishing.audits import forget_audits, stamp
from pipelines.publishing.inputs import inputs_digest
from pipelines.resources import Stamgast

AUDIT = dg.AssetKey(["audit", "invariants"])


def models(project: Project, contracts: Sequence[Contract]) -> dg.AssetsDefinition:
    """One asset per model and seed, with the checks of their tests."""

    @dbt_assets(manifest=project.manifest, exclude="test_type:singular test_type:unit")
    def dbt_models(context: dg.AssetExecutionContext, stamgast: Stamgast) -> Iterator[Any]:
        """Staging, intermediate, core, marts and segments, with the tests beside them: those that would come out otherwise."""
        yield from _build(context, stamgast, project, contracts)

    return dbt_models.map_asset_specs(lambda spec: _feeds_as_parents(spec, project, contracts))


def _feeds_as_parents(spec: dg.AssetSpec, project: Project, contracts: Sequence[Contract]) -> dg.AssetSpec:
    """A staging model reads the loads of its kind's feeds, which the index of loads hides from dbt; one model all feeds.

    A seed waits for the index as staging does: else Dagster loads it in a step of its own, and the step that begins the
    build anew may come later and remove it.
    """
    if spec.key in project.seeds:
        return spec.merge_attributes(deps=list(INDEX))
    model = spec.key.path[-1]
    parents = [
        feed_key(contract)
        for contract in contracts
        if model in (f"stg_{contract.kind}", "int_rows_superseded")
    ]
    return spec.merge_attributes(deps=parents) if parents else spec


def _build(
    context: dg.AssetExecutionContext, stamgast: Stamgast, project: Project, contracts: Sequence[Contract]
) -> Iterator[Any]:
    settings = stamgast.settings
    is_new = context.selected_asset_keys >= project.staging
    suites = {dg.AssetKey(list(name)): ".".join(name) for name in table_suites()}
    judged = suites if is_new else suites.keys() & set(project.below(context.selected_asset_keys))
    forget_audits(settings.places, [suites[key] for key in judged], is_new)
    if is_new:
        begin(settings, contracts, context.run_id)
        stamp(settings.places, "built", inputs_digest(settings, contracts))
    chosen = project.chosen(context.selected_asset_keys, context.selected_asset_check_keys)
    builds = Builds(settings, project.manifest, context.run_id, chosen)
    # A step of its own has a folder of its own.
    target = settings.places.dbt / context.op_execution_context.op.name
    invocation = invoke_on(settings, target, "build", builds.due)
    tables = built_tables(settings)
    lineages = Lineages(
        parsed_project(settings) / "lineage.json",
        {relation: table.columns for relation, table in tables.items()},
        passing=[settings.as_of.isoformat(), str(settings.places.root)],
    )
    for event in _asset_events(project, invocation, builds.spared):
        if isinstance(event, dg.Output):
            node = project.by_output[event.output_name]
            compiled = compiled_sql(settings, node)
            made_of = lineages.of(compiled.read_text("utf-8")) if compiled else {}
            described = _table_metadata(project, node, tables[relation(node)], made_of)
            event = event.with_metadata({**event.metadata, **described})
        yield event
    lineages.save()
    builds.passed(invocation.passed)
    has_members = any(
        result.node.name == _MEMBERS and result.status == "success" for result in invocation.results
    )
    mistakes = segment_mistakes(settings.places) if has_members else []
    if mistakes or not invocation.succeeded:
        raise StamgastError(_what_failed(invocation, mistakes))


def _asset_events(
    project: Project, invocation: Invocation, spared: Mapping[str, str]
) -> Iterator[dg.Output | dg.AssetCheckResult]:
    """dbt's results as Dagster's, an output per model and a check result per test; of what is spared as well."""
    results = {result.node.unique_id: result for result in invocation.results}
    for unique_id in project.order:
        if unique_id in spared:
            yield _reused(project, unique_id, spared[unique_id])
        elif unique_id in results:
            yield from _of_result(project, unique_id, results[unique_id])


def _of_result(project: Project, unique_id: str, result: Any) -> Iterator[dg.Output | dg.AssetCheckResult]:
    """Of a table that was built an output, of a test that was run a check result, of what was skipped nothing."""
    metadata = {
        "unique_id": unique_id,
        "status": str(result.status),
        "Execution Duration": result.execution_time,
    }
    if check := project.checks.get(unique_id):
        if result.status != "skipped":
            yield dg.AssetCheckResult(
                passed=result.status == "pass",
                asset_key=check.asset_key,
                check_name=check.name,
                severity=dg.AssetCheckSeverity.WARN
                if result.status == "warn"
                else dg.AssetCheckSeverity.ERROR,
                metadata=metadata | {"dagster_dbt/failed_row_count": result.failures or 0},
            )
    elif result.status == "success":
        yield dg.Output(None, output_name=project.key(unique_id).to_python_identifier(), metadata=metadata)


def _reused(project: Project, unique_id: str, day: str) -> dg.Output | dg.AssetCheckResult:
    """What was built, or passed, of the same inputs before: what is downstream waits for it."""
    metadata = {"unique_id": unique_id, "status": "reused", "built as of": day}
    if check := project.checks.get(unique_id):
        return dg.AssetCheckResult(
            passed=True, asset_key=check.asset_key, check_name=check.name, metadata=metadata
        )
    name = project.key(unique_id).to_python_identifier()
    return dg.Output(None, output_name=name, metadata=metadata)


def _table_metadata(
    project: Project, node: Node, table: Table, made_of: Mapping[str, list[tuple[Relation, str]]]
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
                    dg.TableColumnDep(project.keys[read], source)
                    for read, source in sources
                    if read in project.keys
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


def _in_words(name: str) -> str:
    return name.removeprefix("assert_").replace("_", " ")


def invariants(
    project: Project, contracts: Sequence[Contract], built: Sequence[dg.AssetKey]
) -> dg.AssetsDefinition:
    """The singular tests as one asset behind all that is built."""

    @dg.asset(
        key=AUDIT,
        deps=built,
        group_name="audit",
        owners=["team:data"],
        kinds={"dbt"},
        description="What must hold across tables before anything is published; every singular test of the dbt project.",
        check_specs=[
            dg.AssetCheckSpec(name, asset=AUDIT, blocking=True, description=_in_words(name))
            for name in sorted(project.invariants)
        ],
    )
    def invariants(context: dg.AssetExecutionContext, stamgast: Stamgast) -> dg.MaterializeResult:
        """Runs every singular test of what changed, when all models are there."""
        settings = stamgast.settings
        names = {node["unique_id"]: name for name, node in sorted(project.invariants.items())}
        builds = Builds(settings, project.manifest, context.run_id, names)
        invocation = invoke_on(settings, settings.places.dbt / "invariants", "test", builds.due)
        builds.passed(invocation.passed)
        found = {result.node.unique_id: result for result in invocation.results}
        passing = {*builds.spared, *invocation.passed}
        if passing.issuperset(names):
            stamp(settings.places, "invariants", inputs_digest(settings, contracts))
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

    return invariants


def _broken(name: str, result: Any) -> str:
    """What a broken invariant says; dbt's own message may quote data."""
    if result.status == "fail":
        return f"{result.failures} rows break '{_in_words(name)}'; see dbt_project/tests/{name}.sql"
    return f"'{_in_words(name)}' could not be checked; run dbt_project/tests/{name}.sql"
