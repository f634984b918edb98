"""Which column is made of which: read with sqlglot from the SQL that dbt compiled."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope
from sqlglot.schema import MappingSchema

from pipelines.warehouse.files import write_atomically

# (database, schema, name) of a table.
Relation = tuple[str, str, str]
# Which files are read says nothing of columns either, and these are others in each warehouse and on each day.
_FILES = re.compile(r"read_parquet\(\s*(\[[^\]]*\]|'[^']*')")


def schema_of(tables: Mapping[Relation, Mapping[str, str]]) -> MappingSchema:
    """The columns of all tables, as sqlglot wants them."""
    nested: dict[str, Any] = {}
    for (database, schema, table), columns in tables.items():
        nested.setdefault(database, {}).setdefault(schema, {})[table] = dict(columns)
    return MappingSchema(nested, dialect="duckdb")


def column_lineage(sql: str, schema: MappingSchema) -> dict[str, list[tuple[Relation, str]]]:
    """Column of the query -> the columns of tables it is made of, sorted; empty where none is.

    One scope serves all columns: building it for each, as sqlglot.lineage does by itself, costs a hundredfold.
    A query that sqlglot cannot resolve (a table function in `from`) has no lineage: an empty dict.
    """
    try:
        query = qualify(parse_one(sql, dialect="duckdb"), schema=schema, dialect="duckdb")
        scope = build_scope(query)
        if scope is None or not isinstance(query, exp.Query) or query.is_star:
            return {}
        return {column: _made_of(column, query, schema, scope) for column in query.named_selects}
    except SqlglotError:
        return {}


class Lineages:
    """Column lineages of SQL over the same tables, remembered for all runs; a cache that may be deleted at any time.

    `passing`: texts in the SQL that differ from run to run and say nothing of columns, as the day of the run.
    """

    def __init__(
        self, path: Path, tables: Mapping[Relation, Mapping[str, str]], passing: Sequence[str] = ()
    ) -> None:
        self._path, self._passing = path, passing
        self._schema = schema_of(tables)
        columns = sorted((relation, list(found)) for relation, found in tables.items())
        self._about = f"{version('sqlglot')} {json.dumps(columns)}"
        self._known: dict[str, dict] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        self._has_new = False

    def of(self, sql: str) -> dict[str, list[tuple[Relation, str]]]:
        """What `column_lineage` says of the SQL."""
        lasting = _FILES.sub("", sql)
        for text in self._passing:
            lasting = lasting.replace(text, "")
        key = hashlib.sha256(f"{self._about}\0{lasting}".encode()).hexdigest()
        if key not in self._known:
            self._known[key] = column_lineage(sql, self._schema)
            self._has_new = True
        return {
            column: [((relation[0], relation[1], relation[2]), source) for relation, source in sources]
            for column, sources in self._known[key].items()
        }

    def save(self) -> None:
        """Keeps what was asked for, with all that was known."""
        if self._has_new:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, json.dumps(self._known))


def _made_of(
    column: str, query: exp.Query, schema: MappingSchema, scope: object
) -> list[tuple[Relation, str]]:
    found = set()
    for node in lineage(column, query, schema, scope=scope, dialect="duckdb", trim_selects=False).walk():
        table = None if node.downstream else node.expression.find(exp.Table)
        # sqlglot says * where a branch of a union has a literal for the column.
        if table is not None and node.name != "*":
            found.add(((table.catalog, table.db, table.name), exp.to_column(node.name).name))
    return sorted(found)
