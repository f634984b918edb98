"""Runs a suite on a Parquet file or a table. No value of the data leaves this module, whatever goes wrong."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.expectations.gx_internals import import_when_used
from pipelines.expectations.model import CHECKED, Expectation, Parameter, Suite, SuiteError
from pipelines.expectations.results import ROWS_NAMED, RuleResult
from pipelines.warehouse.database import attach, connect, read_parquet, text
from pipelines.warehouse.database import name as quoted
from pipelines.warehouse.places import Places

_WHOLE_NUMBERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UINTEGER", "UBIGINT"}


@dataclass(frozen=True)
class Relation:
    """What a suite is run on, always opened to read: make it with `parquet` or `table`."""

    place: str
    source: str
    databases: tuple[Path, ...] = ()
    parquet_file: Path | None = None

    @classmethod
    def parquet(cls, path: Path, where: str = "true") -> "Relation":
        """The rows of a Parquet file that meet a SQL condition."""
        return cls(str(path), where, parquet_file=path)

    @classmethod
    def index(cls, path: Path, where: str = "true") -> "Relation":
        """The same of an index that is never encrypted, since it says nothing of people (see landing/index.py)."""
        return cls(str(path), f"(from read_parquet({text(path)}) where {where})")

    @classmethod
    def table(cls, database: Path, schema: str, table: str, beside: Sequence[Path] = ()) -> "Relation":
        """A table or view of a DuckDB file, attached under its stem; `beside` too, for views across files."""
        source = ".".join(quoted(part) for part in (database.stem, schema, table))
        return cls(f"{database}, {schema}.{table}", source, (database, *beside))

    @contextmanager
    def opened(
        self, places: Places, shared: duckdb.DuckDBPyConnection | None = None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of the warehouse, `shared` when there is one, with the relation as view `checked`.

        Raises SuiteError: the file or table is not there or cannot be read.
        """
        with (
            nullcontext(shared)
            if shared
            else connect(places, plain=self.parquet_file is None and not self.databases) as connection
        ):
            try:
                for database in self.databases:
                    attach(connection, places, database, read_only=True)
                source = self.source
                if self.parquet_file is not None:
                    source = f"(from {read_parquet(places, self.parquet_file)} where {self.source})"
                connection.execute(f"create or replace view {CHECKED} as from {source}")
            except duckdb.Error as error:
                raise SuiteError(
                    f"{self.place}: cannot be opened ({type(error).__name__}); build it before it is checked"
                ) from None  # DuckDB's own words may quote data
            yield connection


def _rules_of_this_run(
    suite: Suite, extra: Sequence[Expectation], parameters: Mapping[str, Parameter]
) -> list[Expectation]:
    rules = []
    for rule in (*suite.expectations, *extra):
        if unknown := sorted(rule.placeholders - parameters.keys()):
            known = ", ".join(sorted(parameters)) or "none"
            raise SuiteError(
                f"expectations/{suite.name}.yml: '{rule.rule}' uses {{{unknown[0]}}}, which nobody gives; "
                f"use one of: {known}"
            )
        if all(parameters[name] is not None for name in rule.placeholders):
            rules.append(rule.filled(parameters))
    return rules


def _count(
    connection: duckdb.DuckDBPyConnection, rule: Expectation, key: str | None
) -> tuple[int, tuple[int, ...]]:
    """How many rows break the rule, and the lowest of their numbers."""
    numbers = f"min({quoted(key)}, {ROWS_NAMED})" if key else "[]"
    row = connection.execute(f"select count(*), {numbers} from {CHECKED} where {rule.unexpected}").fetchall()[
        0
    ]
    return int(row[0]), tuple(row[1] or ())


def run_suite(
    suite: Suite,
    relation: Relation,
    *,
    parameters: Mapping[str, Parameter],
    places: Places,
    extra: Sequence[Expectation] = (),
    shared: duckdb.DuckDBPyConnection | None = None,
) -> list[RuleResult]:
    """The result of each rule of the suite, then of each of `extra`, in that order.

    `parameters` fill the `{placeholders}` of the rules; a rule whose parameter is None is left out.
    `shared`: a connection of the warehouse to ask through, since one of its own costs .1 s where there is a key. Nothing
    of the data is in a result, a log or an exception: a rule that cannot be evaluated is a failure with its `problem`.
    Raises SuiteError: a parameter nobody gives; a relation that cannot be opened.
    """
    import_when_used()
    from pipelines.expectations.gx_on_duckdb import judge  # 5 s, only when there is something to check

    rules = _rules_of_this_run(suite, extra, parameters)
    results = []
    with relation.opened(places, shared) as connection:
        columns = {row[0]: row[1] for row in connection.execute(f"describe {CHECKED}").fetchall()}
        total = connection.execute(f"select count(*) from {CHECKED}").fetchall()[0][0]
        key = suite.numbered_by if columns.get(suite.numbered_by) in _WHOLE_NUMBERS else None
        present = [
            rule for rule in rules if rule.is_measured or rule.column is None or rule.column in columns
        ]
        verdicts = dict(zip(map(id, present), judge(connection, present), strict=True))
        for rule in rules:
            success = verdicts.get(id(rule))
            problem: str | None = None
            count: int | None = None
            numbers: tuple[int, ...] = ()
            if id(rule) not in verdicts:
                problem = f"there is no column {rule.column}"
            elif rule.judges_rows and not success:
                try:
                    count, numbers = _count(connection, rule, key)
                except duckdb.Error as error:
                    problem = f"DuckDB ends in {type(error).__name__}"
            elif rule.judges_rows and "mostly" not in rule.arguments:
                count = 0
            if success is None and problem is None:
                problem = "Great Expectations cannot evaluate it"
            results.append(
                RuleResult(
                    suite=suite.name,
                    rule=rule.rule,
                    expectation=rule.name,
                    column=rule.column,
                    severity=rule.severity,
                    success=bool(success) and problem is None,
                    total_count=total,
                    unexpected_count=count,
                    row_numbers=numbers,
                    numbered_by=suite.numbered_by,
                    problem=problem,
                )
            )
    return results
