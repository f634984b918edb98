"""What of Great Expectations is used beyond its public interface still has its effect, and is still needed."""

import subprocess
import sys

import duckdb
import pytest

from pipelines.expectations.model import CHECKED, Expectation

_IMPORT = """
import sys
from pipelines.expectations.gx_internals import import_when_used
{first}
import pipelines.expectations.gx_on_duckdb
print("scipy.stats._stats_py" in sys.modules, any(name.startswith("altair.") for name in sys.modules))
from scipy import stats
print(stats.norm.cdf(0.0))
import scipy.stats
print(scipy.stats.norm.cdf(0.0))
"""


def _imported(first: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _IMPORT.format(first=first)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    return done.stdout.split()


def test_what_no_suite_uses_is_imported_only_by_who_uses_it() -> None:
    assert _imported("import_when_used()") == ["False", "False", "0.5", "0.5"]


def test_great_expectations_alone_imports_what_no_suite_uses() -> None:
    """Once this fails it no longer does: delete import_when_used."""
    assert _imported("")[:2] == ["True", "True"]


def _judged() -> bool | None:
    from pipelines.expectations.gx_on_duckdb import judge

    with duckdb.connect() as connection:
        connection.execute(f"create view {CHECKED} as select 1 as amount")
        expectation = Expectation(
            name="expect_column_max_to_be_between",
            arguments={"column": "amount", "min_value": 1},
            severity="error",
            rule="The amount is 1 or more.",
        )
        return judge(connection, [expectation])[0]


def test_a_rule_is_judged_through_one_connection() -> None:
    assert _judged() is True


def test_great_expectations_alone_closes_a_connection_before_it_reads_the_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once this fails it judges DuckDB by itself: delete validator_of, and give a data source of SQL to a batch."""
    from great_expectations.execution_engine import SqlAlchemyExecutionEngine

    from pipelines.expectations import gx_internals

    monkeypatch.setattr(
        gx_internals,
        "_one_connection",
        lambda: lambda engine: SqlAlchemyExecutionEngine(engine=engine, create_temp_table=False),
    )
    assert _judged() is None
