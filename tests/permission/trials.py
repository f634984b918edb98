"""The files of `trials/`, small inputs as the world writes them, landed as they are; each case's feeds bear its name."""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from tests.permission.company import AS_OF, Company, Slot
from tests.permission.delivered import File, Row
from tests.permission.feeds import WHO, contract
from tests.permission.normal_forms import compatible
from tests.permission.reading import Block, Point, Record, World

FOLDER = Path(__file__).parent / "trials"
TRIALS = sorted(path.name for path in FOLDER.iterdir())
# Who asked Salesforce for no more mail, of the forty who had consented.
OPTED_OUT = frozenset({"lotte.maes0", "fien.jacobs10", "lotte.bos20", "fien.mertens30"})
_GRANTS = "sf_optout_grants"


def add_trials(company: Company) -> None:
    """Adds the trials, each under ("trial", name)."""
    for trial in TRIALS:
        for path in sorted((FOLDER / trial).glob("*.yml")):
            given = yaml.safe_load(path.read_text("utf-8"))
            pattern = given["files"]["glob"]
            feed = given["feed"] = f"{trial}_{given['feed']}"
            given["files"]["glob"] = f"files/{feed}/{pattern}"
            company.contracts[feed] = given
            for source in sorted((FOLDER / trial).glob(pattern)):
                name = f"files/{feed}/{source.relative_to(FOLDER / trial).as_posix()}"
                fate = "refused" if trial == "json_consents" else "accepted"
                file = File(feed, name, AS_OF, _rows(feed, source), fate, _snapshot(given, source))
                company.copy(("trial", trial), file, source)
    _grant_before_opt_out(company)


def _rows(feed: str, path: Path) -> list[Row]:
    if path.suffix == ".jsonl":
        objects = map(json.loads, path.read_text("utf-8").splitlines())
        return [
            Row(feed, {key: "" if value is None else str(value) for key, value in one.items()})
            for one in objects
        ]
    with path.open(encoding="utf-8", newline="") as stream:
        return [Row(feed, cells) for cells in csv.DictReader(stream)]


def _snapshot(given: Mapping[str, Any], path: Path) -> Any:
    pattern = given.get("snapshot_date", {}).get("filename")
    return datetime.strptime(path.name, pattern).date() if pattern else None


def _grant_before_opt_out(company: Company) -> None:
    """All forty consented before: what an opt-out stops can be seen."""
    company.contracts[_GRANTS] = contract(
        _GRANTS, "consents", {"id": "record_key"} | WHO, defaults={
            "consent_action": "grant", "purpose": "newsletter", "channel": "email", "country": "BE"
        },
    )  # fmt: skip
    for arrival in company.arrivals["trial", "sf_optout"][:]:
        cells = {
            "id": arrival.row.cells["Id"],
            "mail": arrival.row.cells["Email"],
            "at": "2026-05-01T10:00:00Z",
        }
        company.add(("trial", "sf_optout"), Row(_GRANTS, cells), Slot(_GRANTS, AS_OF))


def same_people(world: World, blocks: Sequence[Block]) -> dict[Block, object]:
    """One person: one record id of a feed, one customer number, one address of e-mail under a compatible full name."""
    records = [world.record(block) for block in blocks]
    group = list(range(len(records)))
    for one in range(len(records)):
        for other in range(one):
            if _same(records[one], records[other]) and group[one] != group[other]:
                group = [group[other] if number == group[one] else number for number in group]
    return dict(zip(blocks, group, strict=True))


def _same(one: Record, other: Record) -> bool:
    if one.number is not None and one.number == other.number:
        return True
    if one.feed == other.feed and one.record_id is not None and one.record_id == other.record_id:
        return True
    return _email(one) is not None and _email(one) == _email(other) and compatible(one.name, other.name)


def _email(record: Record) -> Point | None:
    return next((point for point in record.points if point[0] == "email"), None)
