"""Column lineage: read from SQL, and remembered while neither the SQL nor the tables change."""

from pathlib import Path

import pytest

from pipelines import column_lineage
from pipelines.column_lineage import Lineages

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
