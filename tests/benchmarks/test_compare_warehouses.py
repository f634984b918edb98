from pathlib import Path

import duckdb

from tests.benchmarks.compare_warehouses import differences


def _folder(path: Path, statements: str) -> Path:
    path.mkdir()
    with duckdb.connect(str(path / "analytics.duckdb")) as connection:
        connection.execute(f"create schema marts; {statements}")
    return path


def test_tables_are_compared_cell_by_cell_whatever_the_order_of_their_rows(tmp_path: Path) -> None:
    before = _folder(
        tmp_path / "before",
        "create table marts.same as from (values (1, 'a'), (2, 'b'), (2, 'b'));"
        "create table marts.cell as select 1 as person_id, 'Jansen' as family_name, 5 as orders;"
        "create table marts.twice as from (values (1), (1));"
        "create table marts.typed as select 1 as person_id; create table marts.gone as select 1 as person_id;",
    )
    after = _folder(
        tmp_path / "after",
        "create table marts.same as from (values (2, 'b'), (1, 'a'), (2, 'b'));"
        "create table marts.cell as select 1 as person_id, 'Bos' as family_name, 6 as orders;"
        "create table marts.twice as from (values (1));"
        "create table marts.typed as select '1' as person_id; create table marts.made as select 1 as person_id;",
    )
    assert list(differences(before, before)) == []
    assert list(differences(before, after, without=["orders"])) == [
        "analytics.marts.cell: 1 rows only before, 1 only after; columns with other values: family_name",
        "analytics.marts.gone is only before",
        "analytics.marts.made is only after",
        "analytics.marts.twice: 1 rows only before, 0 only after; columns with other values: col0",
        "analytics.marts.typed has other columns or types",
    ]
