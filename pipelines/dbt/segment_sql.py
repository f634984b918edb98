"""A segment reads the warehouse and nothing else: no file, no network, no environment, and it writes nothing.

dbt itself reads and writes files, so DuckDB cannot be closed to all of them while it builds; the SQL of segments, which
analysts write, is read before anything runs.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from pipelines.errors import StamgastError
from pipelines.settings import DBT_PROJECT

FOLDER = DBT_PROJECT / "models" / "segments"
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
# Of Jinja in dbt, what runs SQL of its own or reads what lies beside the warehouse.
_REACHING = re.compile(
    r"\b(run_query|statement|call|adapter|api|env_var|modules|load_result|load_relation|log|print|invocation_args_dict)\b"
)
_TABLE = "a_table_of_the_warehouse"
_MAKING_ROWS = {"unnest", "range", "generate_series", "generate_subscripts", "repeat", "repeat_row"}
# Functions that are no table, but read something else; all table functions that read begin like these too.
_READING = re.compile(
    r"^(getenv|getvariable|query|query_table|read_\w+|glob|sniff_csv|parquet_\w+|duckdb_\w+|pragma_\w+|which_secret|"
    r"from_substrait\w*|\w*_scan|\w*_attach|\w*_query|http_\w+|load_\w+)$"
)
_FORBIDDEN = re.compile(
    r"\b(getenv|query|query_table|read_\w+|glob|sniff_csv|parquet_\w+|\w+_scan|http_\w+)\s*\(|\b(?:from|join)\s+'",
    re.IGNORECASE,
)


def refuse_reaching_segments(folder: Path = FOLDER) -> None:
    """Raises StamgastError: a segment reads something else than tables of the warehouse, in one sentence with file and mend."""
    for path in sorted(folder.glob("*.sql")):
        if found := _reached(path.read_text(encoding="utf-8")):
            raise StamgastError(
                f"dbt_project/models/segments/{path.name}: reads {found}; a segment reads tables of the warehouse by ref(), and nothing else"
            )


def _reached(written: str) -> str | None:
    """What the SQL reads beside the warehouse, in words; None if nothing."""
    for block in _JINJA.findall(written):
        if not block.startswith("{#") and (word := _REACHING.search(block)):
            return f"what {word[0]} of dbt gives"
    sql = _JINJA.sub(_in_place, written).strip().rstrip(";")
    with duckdb.connect() as connection:
        ((tree,),) = connection.execute("select json_serialize_sql(?)", [sql]).fetchall()
    parsed = json.loads(tree)
    if parsed["error"]:
        # Templates may make a query of what is none alone, or it is no select at all, which dbt refuses.
        word = _FORBIDDEN.search(re.sub(r"--.*", "", sql))
        return f"what {word[0].rstrip('(').strip()} gives" if word else None
    names = {_TABLE, *(name.lower() for name in _ctes(parsed))}
    for node in _nodes(parsed):
        function = node.get("function_name", "").lower() or _function_of(node)
        if node.get("type") == "TABLE_FUNCTION" and function not in _MAKING_ROWS:
            return f"what {function} gives"
        if node.get("class") == "FUNCTION" and _READING.match(function):
            return f"what {function} gives"
        if node.get("type") == "BASE_TABLE" and node["table_name"].lower() not in names:
            return f"{node['table_name']}"
    return None


def _in_place(block: re.Match[str]) -> str:
    if re.match(r"\{\{-?\s*(ref|source)\b", block[0]):
        return _TABLE
    return "1" if block[0].startswith("{{") else " "


def _function_of(node: dict[str, Any]) -> str:
    function = node.get("function")
    return str(function.get("function_name", "")).lower() if isinstance(function, dict) else ""


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
