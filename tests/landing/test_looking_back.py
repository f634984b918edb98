"""What had landed by a day, and that a run for an earlier day lands nothing."""

from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.contracts import read_contracts
from pipelines.errors import StamgastError
from pipelines.expectations.checking import check_freshness
from pipelines.landing.committing import Verdict
from pipelines.landing.deliveries import scan_feeds
from pipelines.landing.feeds import delivery_trouble
from pipelines.landing.index import write_loads
from pipelines.landing.loads import release
from tests.landing.conftest import Company

MAY, JUNE, JULY = date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 31)
ROW = "{};1;01-05-2026 12:00;A;1;1,00;an@example.nl;An"


def index_on(company: Company, day: date) -> list[dict]:
    """The loads as a run for that day knows them."""
    index = company.root / "loads.parquet"
    contracts = read_contracts(company.settings.sources)
    write_loads(company.settings.places, contracts, index, day)
    return pq.read_table(index).to_pylist()


def read_on(company: Company, day: date) -> list[int]:
    """The loads that a run for that day reads."""
    return [row["load_number"] for row in index_on(company, day) if row["is_read"]]


def newest_on(company: Company, day: date) -> datetime:
    """How new the only load is for a run for that day."""
    (row,) = index_on(company, day)
    return row["newest_event_at"]


def test_of_a_day_only_what_had_landed_by_then_is_read(company: Company) -> None:
    for number, day in enumerate((MAY, JUNE, JULY), 1):
        company.as_of = day
        company.rows(f"{number}.csv", ROW.format(number))
        company.land()
    assert [read_on(company, day) for day in (date(2026, 5, 30), MAY, JUNE, JULY)] == [
        [],
        [1],
        [1, 2],
        [1, 2, 3],
    ]


def test_what_was_released_later_was_still_held(company: Company) -> None:
    company.as_of = MAY
    company.rows("a.csv", ROW.format(1))
    company.land(lambda _: Verdict(failed=["too strange"]))
    release(company.settings.places, 1, JULY)
    (contract,) = read_contracts(company.settings.sources)
    assert [read_on(company, day) for day in (MAY, JUNE, JULY)] == [[], [], [1]]
    troubles = [delivery_trouble(contract, company.settings.places, day) for day in (JUNE, JULY)]
    assert [len(trouble) for trouble in troubles] == [1, 0] and "is held as load 1" in troubles[0][0]


def test_a_run_for_an_earlier_day_lands_nothing(company: Company) -> None:
    company.as_of = JUNE
    company.rows("a.csv", ROW.format(1))
    company.land()
    company.rows("b.csv", ROW.format(2))
    company.as_of = MAY
    assert company.land().loads == []
    with pytest.raises(StamgastError, match="as_of 2026-05-31 lies before 2026-06-30"):
        company.retry()
    company.as_of = JUNE
    assert [load.load_number for load in company.land().loads] == [2]


def test_a_refused_file_stays_refused_while_looking_back(company: Company) -> None:
    company.as_of = JUNE
    company.rows("a.csv", ROW.format(1))
    company.deliver("b.csv", b"")
    company.land()
    company.as_of = MAY
    company.land()
    refused = company.settings.places.ledger / "refused"
    assert len(list(refused.rglob("*.json"))) == 1
    (contract,) = read_contracts(company.settings.sources)
    (scan,) = scan_feeds([contract], company.settings.sources, company.settings.places, JUNE)
    assert [Path(refusal.file).name for refusal in scan.still_refused] == ["b.csv"]


def test_an_event_of_the_future_makes_no_feed_fresh(company: Company) -> None:
    company.as_of = MAY
    company.rows("a.csv", ROW.format(1), "2;1;01-06-2032 12:00;A;1;1,00;bo@example.nl;Bo")
    (load,) = company.land().loads
    assert load.newest_event_at == datetime(2026, 5, 1, 10) and load.rows_accepted == 2


def test_a_row_dated_ahead_makes_its_feed_fresh_once_its_day_has_come(company: Company) -> None:
    company.as_of = MAY
    dated = "{};1;{} 12:00;A;1;1,00;an@example.nl;An"
    company.rows("a.csv", *map(dated.format, (1, 2, 3), ("30-05-2026", "29-06-2026", "30-07-2026")))
    (load,) = company.land().loads
    assert load.rows_ahead == 2
    june, july = date(2026, 6, 29), date(2026, 7, 30)
    assert [newest_on(company, day) for day in (MAY, date(2026, 6, 28), june, JUNE, july, JULY)] == [
        datetime(2026, 5, 30, 10),
        datetime(2026, 5, 30, 10),
        datetime(2026, 6, 29, 10),
        datetime(2026, 6, 29, 10),
        datetime(2026, 7, 30, 10),
        datetime(2026, 7, 30, 10),
    ]
    (contract,) = read_contracts(company.settings.sources)
    results = check_freshness(
        contract, company.root / "loads.parquet", as_of=JULY, places=company.settings.places
    )
    assert all(result.success for result in results)
