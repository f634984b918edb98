"""Keeps the results of rules beside what they judged: counts and row numbers, never a value of the data."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from pipelines.contracts import Contract
from pipelines.expectations.results import Judged, RuleResult
from pipelines.landing.loads import as_known_on, read_loads
from pipelines.warehouse.places import Places

# In the folder of a load.
RULES_FILE = "_rules.json"


def write_results(path: Path, results: Sequence[RuleResult]) -> None:
    """One file per load or table; a crash leaves it half only where the load or the build is half as well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n", encoding="utf-8")


def read_results(paths: Iterable[Path]) -> list[RuleResult]:
    """The results of those of the files that are there, in that order."""
    records = [record for path in paths if path.exists() for record in json.loads(path.read_text("utf-8"))]
    return [RuleResult(**record | {"row_numbers": tuple(record["row_numbers"])}) for record in records]


def freshness_file(places: Places, feed: str) -> Path:
    """Where the results of the rules on the age of a feed are."""
    return places.rules / f"{feed}.json"


def table_rules_file(places: Places, table: str) -> Path:
    """Where the results of the suite of a built table, such as marts.customer_360, are; gone once the table is built again."""
    return places.rules / "tables" / f"{table}.json"


def judged_feeds(places: Places, contracts: Iterable[Contract], as_of: date) -> list[Judged]:
    """Of each feed the rules on its newest load, held or accepted, and on its age; feeds that never came by their age."""
    newest = {load.feed: load for load in as_known_on(read_loads(places), as_of) if load.status != "dropped"}
    return [
        Judged(
            f"raw/{contract.kind}/{contract.feed}",
            f"{contract.description} Load {load.load_number}, {load.file}, is {load.status}."
            if (load := newest.get(contract.feed))
            else contract.description,
            read_results(
                [
                    *([load.folder(places) / RULES_FILE] if load else []),
                    freshness_file(places, contract.feed),
                ]
            ),
        )
        for contract in contracts
    ]
