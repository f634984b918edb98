"""Landing killed at each of its file operations: the next run lands the file once, with the numbers an undisturbed one gives."""

import shutil
from pathlib import Path

import duckdb

from pipelines.landing.loads import read_loads
from tests.crashes.killed import killed_at
from tests.landing.conftest import Company

ROWS = ("A1;1;29-06-2026 10:00;P1;2;19,90;ada@example.org;Ada", "A2;1;29-06-2026 11:00;P1;one;9,95;;")


def _landed(company: Company) -> tuple[list[str], list[tuple]]:
    """The loads and every row of every file of them."""
    loads = read_loads(company.settings.places)
    rows: list[tuple] = []
    for part in ("raw/sales/shop/*/facts", "raw/sales/shop/*/profiles", "quarantine/shop/*/unread_cells"):
        rows += duckdb.sql(f"from '{company.root}/warehouse/{part}.parquet' order by all").fetchall()
    return [load.model_dump_json() for load in loads], rows


def test_landing_killed_at_any_moment_lands_the_file_once_the_next_time(tmp_path: Path) -> None:
    undisturbed = Company(tmp_path / "undisturbed")
    undisturbed.rows("day.csv", *ROWS)
    undisturbed.land()
    key = undisturbed.settings.places.ledger / "key"

    moments = 0
    while True:
        company = Company(tmp_path / "crashed")
        company.rows("day.csv", *ROWS)
        company.settings.places.ledger.mkdir(parents=True)
        shutil.copy(key, company.settings.places.ledger)
        if not killed_at(moments + 1, company.land, company.root / "warehouse"):
            break
        moments += 1
        company.land()
        assert _landed(company) == _landed(undisturbed), f"killed at operation {moments}"
        assert not list(company.settings.places.staging.iterdir())
        shutil.rmtree(company.root)
    assert moments > 8
