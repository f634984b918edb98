"""Great Expectations on one DuckDB connection. The import costs 5 s: only for who runs a suite."""

import logging
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

import duckdb
import great_expectations as gx
import sqlalchemy as sa
from duckdb_sqlalchemy import ConnectionWrapper
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.data_context import EphemeralDataContext
from great_expectations.execution_engine import ExecutionEngine, SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metrics.metric_provider import metric_partial
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from pipelines.expectations.gx_internals import validator_of
from pipelines.expectations.model import CHECKED, FEW, Expectation

# BASIC and above carry values of unexpected rows, even with exclude_unexpected_values.
_BOOLEAN_ONLY = {"result_format": {"result_format": "BOOLEAN_ONLY"}, "catch_exceptions": True}


@cache
def _context() -> EphemeralDataContext:
    """The one context of this process: no progress bars, no telemetry, no log (GX logs errors with data)."""
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    return context


class UnexpectedRowsFound(TableMetricProvider):
    """Metric: whether more rows break a rule than may. A true or false of one aggregate, so GX asks for all in one query."""

    metric_name = "unexpected_rows.found"
    value_keys = ("found",)

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(
        cls: Any,
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> tuple[sa.ColumnElement[Any], dict[str, Any], dict[str, Any]]:
        return sa.literal_column(metric_value_kwargs["found"]), metric_domain_kwargs, {}


class UnexpectedRows(BatchExpectation):
    """GX's UnexpectedRowsExpectation scans the data twice for each rule; this one once for all, and fetches no row."""

    found: str
    column: str | None = None  # what Data Docs group it under
    metric_dependencies: ClassVar[tuple[str, ...]] = (UnexpectedRowsFound.metric_name,)
    success_keys: ClassVar[tuple[str, ...]] = UnexpectedRowsFound.value_keys

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine | None = None,
    ) -> dict[str, Any]:
        return {"success": not metrics[UnexpectedRowsFound.metric_name]}


# The name under which Great Expectations knows it.
UNEXPECTED_ROWS = "unexpected_rows"


def _found(expectation: Expectation) -> str:
    """The aggregate that says whether an `unexpected_rows` is broken, or whether a measured figure is out of bounds."""
    if expectation.is_measured:
        low, high = (expectation.arguments.get(bound) for bound in ("min_value", "max_value"))
        measured = float(expectation.arguments["measured"])
        return str((low is not None and measured < low) or (high is not None and measured > high)).lower()
    tolerated = 1 - Decimal(str(expectation.arguments.get("mostly", 1)))
    unexpected = f"count(*) filter (where {expectation.unexpected})"
    if not tolerated:
        return f"{unexpected} > 0"
    return f"{unexpected} > greatest({FEW}, {tolerated} * count(*) filter (where {expectation.judged_rows}))"


def _configuration(position: int, expectation: Expectation) -> ExpectationConfiguration:
    if expectation.is_measured or expectation.name == UNEXPECTED_ROWS:
        return ExpectationConfiguration(
            type=UNEXPECTED_ROWS, kwargs={"found": _found(expectation)}, meta={"position": position}
        )
    return ExpectationConfiguration(
        type=expectation.name, kwargs=dict(expectation.arguments), meta={"position": position}
    )


def _validate(
    connection: duckdb.DuckDBPyConnection, expectations: Sequence[Expectation]
) -> list[bool | None]:
    # A cursor of its own: GX closes the connection whenever it drops the engine.
    engine = sa.create_engine(
        "duckdb://",
        creator=lambda: ConnectionWrapper(connection.cursor()),
        poolclass=sa.StaticPool,
        isolation_level="AUTOCOMMIT",  # else one failing query aborts the transaction of all that follow
    )
    validator = validator_of(engine, CHECKED, _context())
    try:
        results = validator.graph_validate(
            [_configuration(position, expectation) for position, expectation in enumerate(expectations)],
            runtime_configuration=_BOOLEAN_ONLY,
        )
    finally:
        engine.dispose()  # else an attached file stays locked until the garbage collector comes by
    verdicts: list[bool | None] = [None] * len(expectations)
    for result in results:
        if result.expectation_config is not None and not _raised(result.exception_info):
            verdicts[result.expectation_config.meta["position"]] = bool(result.success)
    return verdicts


def judge(connection: duckdb.DuckDBPyConnection, expectations: Sequence[Expectation]) -> list[bool | None]:
    """Whether each expectation holds for view `checked` of the connection; None: it cannot be evaluated.

    The connection stays open.
    """
    verdicts = _validate(connection, expectations)
    if None in verdicts and len(verdicts) > 1:
        # What cannot be evaluated takes the rest of its query along: ask again, one by one.
        verdicts = [
            _validate(connection, [expectation])[0] if verdict is None else verdict
            for verdict, expectation in zip(verdicts, expectations, strict=True)
        ]
    return verdicts


def _raised(exception_info: dict[str, Any] | None) -> bool:
    """GX gives one record of an exception, or one for each metric that raised."""
    if not exception_info:
        return False
    if "raised_exception" in exception_info:
        return bool(exception_info["raised_exception"])
    return True
