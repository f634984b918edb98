"""Nothing that DuckDB stumbles over is told in an error that others may read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.duckdb.environments import local

import pipelines.dbt.connection  # noqa: F401
from pipelines.warehouse.database import connect, text
from pipelines.warehouse.places import Places

NAME = "Quirijn Zonderling"
STUMBLES = {
    "a cast": f"select cast({text(NAME)} as integer)",
    "a cast of a column": "select cast(who as integer) from people",
    "a date": "select strptime(who, '%d-%m-%Y') from people",
    "a key": "insert into people values (1, 'x'), (1, 'y')",
    "a JSON": "select cast(who as json) from people",
    "a decimal": "select cast(who as decimal(3, 1)) from people",
    "a CSV": "from read_csv('{folder}/people.csv', header = true, columns = {{'number': 'integer', 'who': 'integer'}})",
    "an enum": "select cast(who as enum ('a', 'b')) from people",
    "an error of its own": "select error(who) from people",
    "a regular expression": "select regexp_matches('x', who || '(') from people",
}


def stumble(execute, folder: Path, sql: str) -> str:
    (folder / "people.csv").write_text(f"number,who\n1,{NAME}\n")
    execute(f"create table people as select 1 as number, {text(NAME)} as who")
    execute("create unique index one on people (number)")
    with pytest.raises(duckdb.Error) as caught:
        execute(sql.replace("{folder}", str(folder)).replace("{{", "{").replace("}}", "}")).fetchall()
    return str(caught.value)


@pytest.fixture
def execute() -> Callable[..., Any]:
    """How dbt executes SQL, once pipelines.dbt.connection is imported."""
    return local.DuckDBCursorWrapper(duckdb.connect()).execute


@pytest.mark.parametrize("sql", STUMBLES.values(), ids=STUMBLES)
def test_an_error_of_dbt_quotes_no_data(tmp_path: Path, execute: Callable[..., Any], sql: str) -> None:
    said = stumble(execute, tmp_path, sql)
    assert "Zonderling" not in said and "Error" in said


@pytest.mark.parametrize("sql", STUMBLES.values(), ids=STUMBLES)
def test_an_error_that_leaves_a_connection_quotes_no_data(tmp_path: Path, sql: str) -> None:
    with pytest.raises(duckdb.Error) as caught, connect(Places(tmp_path)) as connection:
        connection.execute(f"create table people as select 1 as number, {text(NAME)} as who")
        connection.execute("create unique index one on people (number)")
        (tmp_path / "people.csv").write_text(f"number,who\n1,{NAME}\n")
        connection.execute(
            sql.replace("{folder}", str(tmp_path)).replace("{{", "{").replace("}}", "}")
        ).fetchall()
    assert "Zonderling" not in str(caught.value)


@pytest.mark.parametrize(
    ("stumble_over", "said"), [("a cast of a column", "column who"), ("a CSV", "Line: 2")]
)
def test_an_error_says_the_column_and_the_line(
    tmp_path: Path, execute: Callable[..., Any], stumble_over: str, said: str
) -> None:
    assert said in stumble(execute, tmp_path, STUMBLES[stumble_over])
