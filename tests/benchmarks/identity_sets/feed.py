"""Writes a table of records of other origin as one feed: a CSV file, its contract, the truth about its rows."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

Record = Mapping[str, str | None]


def write_feed(
    folder: Path,
    feed: str,
    records: Sequence[Record],
    people: Sequence[int],
    columns: Mapping[str, str | Mapping[str, object]],
    country: str | None = None,
) -> None:
    """Writes `records` (source column -> text) as a feed of form submissions.

    `people`: who each record is about. `columns`: source column -> canonical column, as in a contract. A feed may
    be written in pieces of other names; records carry no key of the person, only one of the row.
    """
    name = f"{feed}.csv"
    file = folder / "sources" / "files" / feed / name
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(("entry", "day", *columns))
        rows.writerows(
            (number, "2026-06-01", *(record[column] or "" for column in columns))
            for number, record in enumerate(records, start=1)
        )
    contract = {
        "feed": feed,
        "kind": "form_submissions",
        "description": "Person records of which it is known who is who.",
        "owner": "team:data",
        "files": {"glob": f"files/{feed}/*.csv", "format": "csv", "encoding": "utf-8", "delimiter": ","},
        "key": ["entry"],
        "event_time": {"column": "day", "format": "%Y-%m-%d"},
        "freshness": {"warn_after": "60d", "error_after": "90d"},
        "defaults": {"form_type": "contest"} | ({"country": country} if country else {}),
        "columns": {"entry": "record_key"} | dict(columns),
    }
    (folder / "sources" / f"{feed}.yml").write_text(
        yaml.safe_dump(contract, sort_keys=False, allow_unicode=True), encoding="utf-8"
    )
    truth = folder / "truth" / "rows" / f"{feed}.parquet"
    truth.parent.mkdir(parents=True, exist_ok=True)
    count = len(records)
    pq.write_table(
        pa.table(
            {
                "feed": [feed] * count,
                "file": [name] * count,
                "row_number": pa.array(range(1, count + 1), pa.int64()),
                "person_id": pa.array(people, pa.int64()),
            }
        ),
        truth,
    )
