"""What dbt reads of the ledger."""

import pyarrow.parquet as pq

from pipelines.contracts import read_contracts
from pipelines.privacy.index import write_index
from tests.landing.conftest import Company

ROW = "{};1;{};A;1;1,00;an@example.nl;An"


def repeats_no_key(company: Company) -> dict[int, bool]:
    """By load, what the index says of its keys."""
    places = company.settings.places
    write_index(places, read_contracts(company.settings.sources), company.settings.as_of)
    return {
        row["load_number"]: row["repeats_no_key"]
        for row in pq.read_table(places.build / "loads.parquet").to_pylist()
    }


def test_a_load_is_said_to_repeat_no_key_unless_it_does_or_rows_came_out_of_its_quarantine(
    company: Company,
) -> None:
    unread = "01062026 1200"
    company.rows(
        "a.csv", ROW.format(1, "01-06-2026 12:00"), ROW.format(2, "01-06-2026 12:00"), ROW.format(2, unread)
    )
    company.land()
    company.rows("b.csv", ROW.format(3, "01-06-2026 12:00"), ROW.format(3, "02-06-2026 12:00"))
    company.land()
    assert repeats_no_key(company) == {1: True, 2: False}
    company.change(event_time=company.contract["event_time"] | {"format": ["%d-%m-%Y %H:%M", "%d%m%Y %H%M"]})
    company.retry()
    assert repeats_no_key(company)[1] is False
