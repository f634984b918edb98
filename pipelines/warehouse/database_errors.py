"""Reduces a DuckDB error to what others may read: its kind, file, row and column, never a value.

DuckDB quotes the value that it could not read, of a CSV file the whole line.
"""

import re

import duckdb

# Their messages are about SQL and files, not about data.
_OF_SQL = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
_OF_FILES = (duckdb.IOException, duckdb.HTTPException)
_LENGTH = 300
_WHERE = (
    re.compile(r"from source column (?P<column>[A-Za-z_][A-Za-z0-9_]*)"),
    re.compile(r"(?P<row>[Ll]ine: \d+)"),
    re.compile(r"(?P<row>row \d+)\b"),
    re.compile(r"to type (?P<type>[A-Z][A-Z0-9_]*)"),
    re.compile(r"to (?P<type>[A-Z][A-Z0-9_]*) when casting"),
)


def reduced(error: duckdb.Error) -> str:
    """The message of the error without data."""
    said = str(error)
    kind = said.split(":", 1)[0] if re.match(r"[A-Za-z ]{3,40}:", said) else type(error).__name__
    if isinstance(error, (*_OF_SQL, *_OF_FILES)) or "encrypt" in said:
        return said.splitlines()[0][:_LENGTH] if said else kind
    found: dict[str, str] = {}
    for pattern in _WHERE:
        if match := pattern.search(said):
            found |= {part: text for part, text in match.groupdict().items() if part not in found}
    where = ", ".join(f"{part} {text}" if part != "row" else text for part, text in found.items())
    return f"{kind}{f' ({where})' if where else ''}: the rest is left out, since it may quote data"
