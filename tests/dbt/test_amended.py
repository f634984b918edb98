"""A table that is amended is what a build from nothing makes, whatever happened to what it is made of."""

import shutil
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.dbt.running import compiled_sql, dbt_environment, invoke_on
from pipelines.settings import Settings
from tests.dbt.built_project import Project

MODELS = ["int_rows_superseded", "int_rates_valid", "int_rates_dated", "fct_order_lines"]
STAGED = ["stg_sales", "stg_exchange_rates"]
NODES = [f"model.stamgast.{name}" for name in (*STAGED, *MODELS)]
HOT = datetime(2026, 6, 30, 12)
# record key -> amount, profile, moment
Rows = Mapping[str, tuple[int, int | None, datetime]]


class Warehouse:
    """A copy of the empty warehouse, with loads of sales that a test makes."""

    def __init__(self, project: Project, folder: Path) -> None:
        shutil.copytree(project.places.root, folder)
        self._project = project
        self._settings = Settings(warehouse=folder, as_of=date(2026, 6, 30))
        self._places = self._settings.places
        with duckdb.connect(str(self._places.analytics)) as connection:
            connection.execute("drop table core.fct_order_lines")

    def land(self, loads: Mapping[int, Rows]) -> None:
        """These loads, and no other."""
        schema = pq.read_schema(self._places.build / "empty" / "sales_facts.parquet")
        index = self._places.build / "loads.parquet"
        listed = []
        for number, rows in loads.items():
            path = self._places.root / f"sales_{number}.parquet"
            facts = [
                {
                    "feed": "till",
                    "record_key": key,
                    "row_hash": f"{key} {amount}",
                    "load_number": number,
                    "row_number": place,
                    "profile_id": profile,
                    "event_at": moment,
                    "order_id": key,
                    "amount": amount,
                }
                for place, (key, (amount, profile, moment)) in enumerate(rows.items())
            ]
            pq.write_table(pa.Table.from_pylist(facts, schema=schema), path)
            listed.append(
                {
                    "kind": "sales",
                    "feed": "till",
                    "is_read": True,
                    # Each row of a load has its own key.
                    "repeats_no_key": True,
                    "facts_path": str(path),
                    "load_number": number,
                }
            )
        pq.write_table(pa.Table.from_pylist(listed, schema=pq.read_schema(index)), index)

    def decide(self, people: Mapping[int, int]) -> None:
        """Profile -> person."""
        with duckdb.connect(str(self._places.analytics)) as connection:
            connection.execute("delete from identity.profile_person")
            connection.executemany("insert into identity.profile_person values (?, ?)", list(people.items()))

    def build(self, monkeypatch: pytest.MonkeyPatch, day: date) -> list[tuple]:
        """The order lines as they are built on what was there: (record key, person, amount); they are those of a build from nothing."""
        settings = self._settings.model_copy(update={"as_of": day})
        for key, value in dbt_environment(settings).items():
            monkeypatch.setenv(key, value)
        done = invoke_on(settings, self._places.build / "dbt" / "amending", "run", NODES)
        assert done.succeeded, [result.message for result in done.results]
        sql = compiled_sql(settings, self._project.manifest["nodes"]["model.stamgast.fct_order_lines"])
        assert sql is not None
        with duckdb.connect(str(self._places.analytics)) as connection:
            connection.execute(f"attach '{self._places.scratch}' as scratch")
            connection.execute(f"create temp table anew as {sql.read_text('utf-8')}")
            for one, other in (("core.fct_order_lines", "anew"), ("anew", "core.fct_order_lines")):
                assert connection.execute(f"from {one} except all from {other}").fetchall() == []
            return connection.execute(
                "select record_key, person_id, amount::integer from core.fct_order_lines order by all"
            ).fetchall()


def test_amended_rows_are_those_of_a_build_from_nothing_through_all_that_happens_to_a_company(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse(project, tmp_path / "warehouse")
    first: Rows = {
        "a": (10, 1, HOT),
        "b": (20, 2, HOT),
        "c": (30, 3, HOT),
        "nobody's": (40, None, HOT),
        "due tomorrow": (50, 4, datetime(2026, 7, 1, 9)),
    }
    today, tomorrow = date(2026, 6, 30), date(2026, 7, 1)
    warehouse.land({1: first})
    warehouse.decide({1: 1, 2: 2, 3: 2, 4: 4})
    before = warehouse.build(monkeypatch, today)
    assert before == [("a", 1, 10), ("b", 2, 20), ("c", 2, 30), ("nobody's", None, 40)]
    assert warehouse.build(monkeypatch, today) == before
    # The next day: a correction, a new line; 1 and 2 are one person, 3 is one of its own.
    second: Rows = {"a": (11, 1, HOT), "d": (60, 3, HOT)}
    warehouse.land({1: first, 2: second})
    warehouse.decide({1: 1, 2: 1, 3: 3, 4: 4})
    assert warehouse.build(monkeypatch, tomorrow) == [
        ("a", 1, 11),
        ("b", 1, 20),
        ("c", 3, 30),
        ("d", 3, 60),
        ("due tomorrow", 4, 50),
        ("nobody's", None, 40),
    ]
    # The second load is dropped; an erasure wrote the first one anew, without profile 3, and retired profile 4.
    warehouse.land({1: {key: row for key, row in first.items() if key != "c"}})
    warehouse.decide({1: 1, 2: 1})
    assert warehouse.build(monkeypatch, tomorrow) == [
        ("a", 1, 10),
        ("b", 1, 20),
        ("due tomorrow", None, 50),
        ("nobody's", None, 40),
    ]
