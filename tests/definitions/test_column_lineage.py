"""Column lineage: read from SQL, and remembered while neither the SQL nor the tables change."""

from pathlib import Path

import pytest

from pipelines.dbt import column_lineage
from pipelines.dbt.column_lineage import Lineages

ORDERS = ("analytics", "core", "orders")
TABLES = {ORDERS: {"person_id": "BIGINT", "amount": "DOUBLE", "ordered_at": "TIMESTAMP"}}
SQL = "select person_id, sum(amount) as spent from analytics.core.orders where ordered_at < date '{}' group by person_id"
MADE_OF = {"person_id": [(ORDERS, "person_id")], "spent": [(ORDERS, "amount")]}


def _forbidden(*_: object) -> dict:
    raise AssertionError("the lineage was read again")


def test_a_remembered_lineage_is_not_read_again_the_next_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Lineages(tmp_path / "lineage.json", TABLES, ["2026-06-30"])
    assert first.of(SQL.format("2026-06-30")) == MADE_OF
    first.save()
    monkeypatch.setattr(column_lineage, "column_lineage", _forbidden)
    again = Lineages(tmp_path / "lineage.json", TABLES, ["2026-07-01"])
    assert again.of(SQL.format("2026-07-01")) == MADE_OF


def test_a_lineage_is_the_same_for_other_files_in_another_warehouse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined = f"{SQL.format('2026-06-30')}, (select count(*) as n from read_parquet(['{{}}'], union_by_name = true))"
    first = Lineages(tmp_path / "lineage.json", TABLES)
    said = first.of(joined.format("/one/raw/sales/1/facts.parquet"))
    first.save()
    monkeypatch.setattr(column_lineage, "column_lineage", _forbidden)
    other = Lineages(tmp_path / "lineage.json", TABLES)
    files = "/two/raw/sales/1/facts.parquet', '/two/raw/sales/2/facts.parquet"
    assert other.of(joined.format(files)) == said


def test_other_sql_or_another_column_is_read_anew(tmp_path: Path) -> None:
    first = Lineages(tmp_path / "lineage.json", TABLES)
    first.of(SQL.format("2026-06-30"))
    first.save()
    wider = {ORDERS: {**TABLES[ORDERS], "discount": "DOUBLE"}}
    star = Lineages(tmp_path / "lineage.json", wider)
    assert star.of("select * from analytics.core.orders").keys() == wider[ORDERS].keys()
    changed = Lineages(tmp_path / "lineage.json", TABLES)
    assert changed.of(SQL.format("2026-06-30").replace("sum(amount)", "max(ordered_at)"))["spent"] == [
        (ORDERS, "ordered_at")
    ]
