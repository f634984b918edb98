"""Which files a feed delivers, and which of them were not landed before."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pipelines.contracts import Contract
from pipelines.landing.loads import Load, Refusal, newest_day, read_loads, read_refusals
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.places import Places


@dataclass(frozen=True)
class Delivery:
    """One file of a feed. `name` is its path relative to the sources folder, `fingerprint` the SHA-256 of its bytes."""

    path: Path
    name: str
    fingerprint: str


@dataclass(frozen=True)
class Outlook:
    """What a look at a feed's files shows: how many there are, which are new, which were refused and still would be.

    `repeats`: files not looked at before that hold byte for byte what another one does, each with the name of that.
    `names`: of all files; none when it looks back. `late`: files of a retired feed that were never landed.
    """

    contract: Contract
    file_count: int
    new: tuple[Delivery, ...]
    still_refused: tuple[Refusal, ...]
    repeats: tuple[tuple[str, str], ...]
    names: tuple[str, ...] = ()
    late: tuple[Delivery, ...] = ()


class Fingerprints:
    """SHA-256 of files, remembered by path, size and time of change; a cache that may be deleted at any time."""

    def __init__(self, places: Places) -> None:
        self._path = places.fingerprints
        self._known: dict[str, list] = (
            json.loads(self._path.read_text("utf-8")) if self._path.exists() else {}
        )
        self._has_changed = False

    def knows(self, path: Path) -> bool:
        """Whether the file was looked at before, as it is now."""
        state = path.stat()
        return self._known.get(str(path), [])[:2] == [state.st_size, state.st_mtime_ns]

    def of(self, path: Path) -> str:
        """The fingerprint of the file's bytes, as hexadecimal text."""
        if self.knows(path):
            return str(self._known[str(path)][2])
        state = path.stat()
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        self._known[str(path)] = [state.st_size, state.st_mtime_ns, digest]
        self._has_changed = True
        return digest

    def save(self) -> None:
        """Keeps what was learnt for the next look."""
        if self._has_changed:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, json.dumps(self._known))
            self._has_changed = False


def contract_digest(contract: Contract) -> str:
    """A digest of all in the contract that decides how its files are read."""
    read = contract.model_dump_json(
        exclude={"description", "owner", "freshness", "required", "permission", "retention", "licence"}
    )
    return hashlib.sha256(read.encode()).hexdigest()


def files_of(contract: Contract, sources: Path) -> list[Path]:
    """The files that match the contract's glob, in order of name."""
    pattern = Path(contract.files.glob)
    folder = Path(pattern.anchor) if pattern.is_absolute() else sources
    relative = str(pattern.relative_to(pattern.anchor)) if pattern.is_absolute() else contract.files.glob
    return sorted(
        path for path in folder.glob(relative) if path.is_file() and not path.name.startswith((".", "~$"))
    )


def look(contracts: Sequence[Contract], sources: Path, places: Places, as_of: date) -> list[Outlook]:
    """Looks at every feed's files without reading more than is new.

    A file whose load was dropped is new again once its contract says to read it otherwise.
    On a day before that of the newest load nothing is new: what is delivered now was not known then.
    """
    loads = read_loads(places)
    looks_back = as_of < newest_day(loads)
    landed: dict[str, list[Load]] = defaultdict(list)
    for load in loads:
        landed[load.feed].append(load)
    refusals = {(refusal.feed, refusal.fingerprint): refusal for refusal in read_refusals(places)}
    fingerprints = Fingerprints(places)
    outlooks = [
        _look_at(contract, sources, landed[contract.feed], refusals, fingerprints) for contract in contracts
    ]
    fingerprints.save()
    if not looks_back:
        return outlooks
    refused = {
        contract.feed: tuple(one for one in refusals.values() if one.feed == contract.feed)
        for contract in contracts
    }
    return [
        replace(one, new=(), still_refused=refused[one.contract.feed], names=(), late=()) for one in outlooks
    ]


def _look_at(
    contract: Contract,
    sources: Path,
    landed: Sequence[Load],
    refusals: dict[tuple[str, str], Refusal],
    fingerprints: Fingerprints,
) -> Outlook:
    files = files_of(contract, sources)
    digest = contract_digest(contract)
    seen = {
        load.fingerprint: load.file
        for load in landed
        if load.status != "dropped" or load.contract in (None, digest) or contract.retired
    }
    new: list[Delivery] = []
    still_refused: list[Refusal] = []
    repeats: list[tuple[str, str]] = []
    names = [str(path.relative_to(sources) if path.is_relative_to(sources) else path) for path in files]
    for path, name in zip(files, names, strict=True):
        is_unseen = not fingerprints.knows(path)
        fingerprint = fingerprints.of(path)
        if fingerprint in seen:
            if is_unseen and seen[fingerprint] != name:
                repeats.append((name, seen[fingerprint]))
            continue
        seen[fingerprint] = name
        refusal = refusals.get((contract.feed, fingerprint))
        if refusal and refusal.contract == digest:
            still_refused.append(refusal)
        else:
            new.append(Delivery(path, name, fingerprint))
    if contract.retired:
        return Outlook(contract, 0, (), (), (), (), late=tuple(new))
    return Outlook(contract, len(files), tuple(new), tuple(still_refused), tuple(repeats), tuple(names))


def said_of_late(outlook: Outlook) -> list[str]:
    """A sentence where a feed is retired and its source goes on delivering."""
    if not outlook.late:
        return []
    more = len(outlook.late) - 1
    named = outlook.late[0].name + (f" and {more:,} more" if more else "")
    return [
        f"{outlook.contract.feed}: is retired, but {named} came and {'was' if not more else 'were'} never landed; take retired: "
        "true out of its contract and run: stamgast run, or move the files away"
    ]


def note_deliveries(places: Places, outlook: Outlook, as_of: date) -> None:
    """Keeps the day on which each file of a feed was first seen under its name: an empty one repeats another and makes no load.

    Of the files there before the first note the day is not known.
    """
    path = _deliveries_file(places, outlook.contract.feed)
    noted = _noted(path)
    added = [name for name in outlook.names if name not in noted]
    if not added and path.exists():
        return
    day = as_of.isoformat() if path.exists() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(noted | dict.fromkeys(added, day), indent=1) + "\n")


def newest_delivery(places: Places, feed: str, loads: Sequence[Load]) -> date | None:
    """The day (`as_of`) on which the feed last delivered a file, whatever came of it; None when it never did."""
    days = [load.as_of for load in loads if load.feed == feed and load.retry_of is None]
    days += [date.fromisoformat(day) for day in _noted(_deliveries_file(places, feed)).values() if day]
    return max(days, default=None)


def _deliveries_file(places: Places, feed: str) -> Path:
    return places.deliveries / f"{feed}.json"


def _noted(path: Path) -> dict[str, str | None]:
    return json.loads(path.read_text("utf-8")) if path.exists() else {}
