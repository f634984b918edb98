"""Great Expectations on one DuckDB connection. The import costs 7 s: only for who runs a suite."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
import great_expectations as gx
import sqlalchemy as sa
from duckdb_sqlalchemy import ConnectionWrapper
from great_expectations.core.batch import Batch
from great_expectations.data_context import EphemeralDataContext
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.validator.validator import Validator

from pipelines.expectations.model import CHECKED, FEW, Expectation

# BASIC and above carry values of unexpected rows, even with exclude_unexpected_values.
_BOOLEAN_ONLY = {"result_format": {"result_format": "BOOLEAN_ONLY"}, "catch_exceptions": True}


class _DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Keeps one connection: GX would close it before it reads a result, and a DuckDB result dies with it."""

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        """The one connection of this engine."""
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection


@cache
def _context() -> EphemeralDataContext:
    """The one context of this process: no progress bars, no telemetry, no log (GX logs errors with data)."""
    log = logging.getLogger("great_expectations")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    return context


def _query(expectation: Expectation) -> str:
    """The query of an UnexpectedRowsExpectation: one row without a value when the rule is broken."""
    tolerated = 1 - Decimal(str(expectation.arguments.get("mostly", 1)))
    query = f"where {expectation.unexpected} limit 1"
    if tolerated:
        judged = f"count(*) filter (where {expectation.judged_rows})"
        unexpected = f"count(*) filter (where {expectation.unexpected})"
        query = f"having {unexpected} > greatest({FEW}, {tolerated} * {judged})"
    # Great Expectations formats the query, SQLAlchemy takes :names for parameters.
    escaped = query.replace("{", "{{").replace("}", "}}").replace(":", r"\:")
    return f"select 1 from {{batch}} {escaped}"


def _configuration(position: int, expectation: Expectation) -> ExpectationConfiguration:
    kwargs: dict[str, Any] = expectation.arguments
    kind = expectation.name
    if kind == "unexpected_rows":
        kind, kwargs = "unexpected_rows_expectation", {"unexpected_rows_query": _query(expectation)}
    return ExpectationConfiguration(type=kind, kwargs=dict(kwargs), meta={"position": position})


def judge(connection: duckdb.DuckDBPyConnection, expectations: Sequence[Expectation]) -> list[bool | None]:
    """Whether each expectation holds for view `checked` of the connection; None: it cannot be evaluated.

    The connection stays open.
    """
    # A cursor of its own: GX closes the connection whenever it drops the engine.
    engine = sa.create_engine(
        "duckdb://",
        creator=lambda: ConnectionWrapper(connection.cursor()),
        poolclass=sa.StaticPool,
        isolation_level="AUTOCOMMIT",  # else one failing query aborts the transaction of all that follow
    )
    execution_engine = _DuckDBExecutionEngine(engine=engine, create_temp_table=False)
    data = SqlAlchemyBatchData(execution_engine=execution_engine, table_name=CHECKED, create_temp_table=False)
    validator = Validator(
        execution_engine=execution_engine,
        data_context=_context(),
        batches=[Batch(data=data)],  # type: ignore[arg-type]
    )
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


def _raised(exception_info: dict[str, Any] | None) -> bool:
    """GX gives one record of an exception, or one for each metric that raised."""
    if not exception_info:
        return False
    if "raised_exception" in exception_info:
        return bool(exception_info["raised_exception"])
    return True
