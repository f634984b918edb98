"""Every fault that the simulator can plant is caught on arrival, named in one sentence, and read by nobody."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.contracts import Contract, read_contracts
from pipelines.expectations.checking import check_freshness
from pipelines.expectations.load_check import arrival_check
from pipelines.expectations.results import sentence
from pipelines.landing.deliveries import scan_feeds
from pipelines.landing.feeds import delivery_trouble
from pipelines.landing.index import write_loads
from pipelines.landing.landing import land_feed
from pipelines.privacy.tombstones import HOLDING_BACK
from pipelines.settings import Settings
from pipelines.simulator import simulate
from pipelines.simulator.faults import FAULTS

AS_OF = date(2026, 6, 30)
STRUCK = {fault.feed for fault in FAULTS.values()}

# Fault -> what its feed's trouble says.
NAMED = {
    "stale_feed": "the newest event is at most",
    "null_column": "email is filled in at least",
    "unit_change": "the median of amount is within 5.0 times what is usual",
    "doubled_rows": "rows have a record key of their own",
    "broken_key": "rows have a record key of their own",
    "drifted_mix": "the mix of event_type is that of an earlier load",
    "missing_column": "the file has no column purpose",
    "volume_drop": "a complete list has at least",
    "future_dates": "at least one of the 5 rows delivered can be used",
    "unreadable_file": "cannot be read as an Excel workbook",
    "wrong_encoding": "the bytes are UTF-8",
    "empty_file": "the file is empty",
}


@dataclass(frozen=True)
class Landed:
    """A company whose feeds have landed: of each feed its troubles, and the files whose rows are read."""

    troubles: dict[str, list[str]]
    files_read: set[str]
    struck_files: dict[str, str]


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Landed:
    root = tmp_path_factory.mktemp("faulty")
    simulate(2_000, 7, root, as_of=AS_OF, faults=list(FAULTS))
    settings = Settings(sources=root / "sources", warehouse=root / "warehouse", as_of=AS_OF)
    places = settings.places
    contracts = [contract for contract in read_contracts(settings.sources) if contract.feed in STRUCK]
    check = arrival_check(settings)
    for scan in scan_feeds(contracts, settings.sources, places, AS_OF):
        land_feed(scan, settings, check, HOLDING_BACK)
    places.build.mkdir(exist_ok=True)
    index = places.build / "loads.parquet"
    write_loads(places, contracts, index, AS_OF)

    def troubles(contract: Contract) -> list[str]:
        old = check_freshness(contract, index, as_of=AS_OF, places=places)
        too_old = [sentence(one) for one in old if not one.success and one.severity == "error"]
        return delivery_trouble(contract, places, AS_OF) + too_old

    listed = (root / "truth" / "faults.csv").read_text("utf-8").splitlines()[1:]
    return Landed(
        {contract.feed: troubles(contract) for contract in contracts},
        {Path(row["file"]).name for row in pq.read_table(index).to_pylist() if row["is_read"]},
        {line.split(",")[0]: Path(line.split(",")[2]).name for line in listed},
    )


def test_every_fault_that_can_be_planted_is_tested() -> None:
    assert set(NAMED) == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_caught_named_and_read_by_nobody(fault: str, faulty: Landed) -> None:
    (said,) = [text for text in faulty.troubles[FAULTS[fault].feed] if NAMED[fault] in text] or [""]
    assert said and "\n" not in said, faulty.troubles[FAULTS[fault].feed]
    if fault != "stale_feed":  # there the file does not come at all
        assert faulty.struck_files[fault] in said
        assert faulty.struck_files[fault] not in faulty.files_read
