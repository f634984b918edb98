"""A segment reads the warehouse and nothing else: no file, no network, no environment; and it writes nothing.

dbt itself reads and writes files, so DuckDB cannot be closed to all of them while it builds. Analysts write segments, so what
their templates make is read before anything runs: one select statement over tables that ref() gives.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from pipelines.errors import StamgastError
from pipelines.settings import DBT_PROJECT

FOLDER = DBT_PROJECT / "models" / "segments"
_TABLE = "a_table_of_the_warehouse"
# What a template of a segment may call, and what stands in its place while it is read.
_CALLS = {"ref": lambda *_: _TABLE, "var": lambda *_: "1"} | dict.fromkeys(
    ("as_of", "end_of_as_of", "days_before_end"), lambda *_: "date '2000-01-01'"
)
_MAKING_ROWS = {"unnest", "range", "generate_series", "generate_subscripts", "repeat", "repeat_row"}
# Functions beside those of tables that read something else.
_READING = re.compile(
    r"getenv|getvariable|current_setting|which_secret|query|query_table|read_\w+|glob|\w*_scan"
)


def refuse_reaching_segments(folder: Path = FOLDER) -> None:
    """Raises StamgastError, which names the file: a segment is not one select over tables of the warehouse."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in (".sql", ".yml", ".md") and not path.name.startswith("."):
            found: str | None = "is no .sql, and might do anything"
        elif path.suffix == ".sql":
            found = _beyond(path.read_text(encoding="utf-8"))
        else:
            found = None
        if found is not None:
            raise StamgastError(
                f"dbt_project/models/segments/{path.relative_to(folder)}: {found}; a segment is one select over tables of the "
                "warehouse, which ref() gives"
            )


def _beyond(written: str) -> str | None:
    """What the template does beside reading tables of the warehouse, in words; None if nothing."""
    environment = SandboxedEnvironment(undefined=StrictUndefined)
    try:
        sql = environment.from_string(written).render(_CALLS).strip().rstrip(";")
    except TemplateError as error:
        return f"its template asks for more than ref(), var() and days before as_of ({error})"
    with duckdb.connect() as connection:
        ((tree,),) = connection.execute("select json_serialize_sql(?)", [sql]).fetchall()
    parsed = json.loads(tree)
    if parsed["error"] or len(parsed["statements"]) != 1:
        return "cannot be read as one select statement"
    names = {_TABLE, *(name.lower() for name in _ctes(parsed) if re.fullmatch(r"\w+", name))}
    for node in _nodes(parsed):
        function = _function(node)
        is_table_function = node.get("type") == "TABLE_FUNCTION"
        if (is_table_function and function not in _MAKING_ROWS) or _READING.fullmatch(function):
            return f"reads what {function} gives"
        if node.get("type") == "BASE_TABLE" and (
            node["table_name"].lower() not in names or node["schema_name"] or node["catalog_name"]
        ):
            return f"reads {node['table_name']}"
    return None


def _function(node: dict[str, Any]) -> str:
    """The name of the function that a node calls, in small letters; empty if it calls none."""
    called = node.get("function") if node.get("type") == "TABLE_FUNCTION" else node
    return str(called.get("function_name", "")).lower() if isinstance(called, dict) else ""


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)


def _ctes(tree: object) -> Iterator[str]:
    for node in _nodes(tree):
        table = node.get("cte_map")
        if isinstance(table, dict):
            yield from (entry["key"] for entry in table.get("map", ()))
