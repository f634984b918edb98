"""Which column is made of which: read with sqlglot from the SQL that dbt compiled."""

from collections.abc import Mapping
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope
from sqlglot.schema import MappingSchema

# (database, schema, name) of a table.
Relation = tuple[str, str, str]


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
