"""Which files a feed delivers, and which of them were not landed before."""

import hashlib
import json
import os
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile
from pathlib import Path

from pipelines.contracts import Contract
from pipelines.landing.loads import Load, Refusal, newest_day, read_loads, read_refusals
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.places import Places


@dataclass(frozen=True)
class Delivery:
    """One file of a feed. `name` is its path relative to the sources folder, `fingerprint` the SHA-256 of its bytes.

    `state`: size and time of change (ns) when the fingerprint was taken; None where no file is read.
    """

    path: Path
    name: str
    fingerprint: str
    state: tuple[int, int] | None = None


@dataclass(frozen=True)
class FeedScan:
    """The files of a feed, sorted by what has to be done with them.

    `file_count`: all files that match the glob. `new`: to be landed. `still_refused`: refused before and, under the same
    contract, refused again. `repeats`: (name, name) of files seen for the first time whose bytes equal another file's.
    `names`: of all files; empty for a day before the newest load. `late`: files of a retired feed that were never landed.
    `unreadable`: messages on what matches the glob and cannot be read: folders, pipes, links to nothing, files without rights.
    """

    contract: Contract
    file_count: int
    new: tuple[Delivery, ...]
    still_refused: tuple[Refusal, ...]
    repeats: tuple[tuple[str, str], ...]
    names: tuple[str, ...] = ()
    late: tuple[Delivery, ...] = ()
    unreadable: tuple[str, ...] = ()


class Fingerprints:
    """SHA-256 of files, remembered by path, size and time of change; a cache that may be deleted at any time."""

    def __init__(self, places: Places) -> None:
        self._path = places.fingerprints
        self._known: dict[str, list] = (
            json.loads(self._path.read_text("utf-8")) if self._path.exists() else {}
        )
        self._has_changed = False

    def knows(self, path: Path) -> bool:
        """Whether the fingerprint of the file as it is now is cached."""
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
        """Writes the cache file, if something was added."""
        if self._has_changed:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, json.dumps(self._known))
            self._has_changed = False


def contract_digest(contract: Contract) -> str:
    """SHA-256, as hexadecimal text, of all in the contract that decides how its files are read."""
    read = contract.model_dump_json(
        exclude={"description", "owner", "freshness", "required", "permission", "retention", "licence"}
    )
    return hashlib.sha256(read.encode()).hexdigest()


def files_of(contract: Contract, sources: Path) -> list[Path]:
    """The files that match the contract's glob, in order of name."""
    return [path for path in _matches(contract, sources) if path.is_file()]


def _matches(contract: Contract, sources: Path) -> list[Path]:
    """What matches the contract's glob, the name in any case: systems differ on whether a.CSV matches *.csv."""
    pattern = Path(contract.files.glob)
    folder = Path(pattern.anchor) if pattern.is_absolute() else sources
    parent = pattern.relative_to(pattern.anchor).parent
    name = "".join(
        piece
        if piece.startswith("[")
        else "".join(
            f"[{letter.lower()}{letter.upper()}]" if letter.isalpha() else letter for letter in piece
        )
        for piece in re.split(r"(\[[^]]+\])", pattern.name)
    )
    found = folder.glob(str(parent / (pattern.name if pattern.name == "**" else name)))
    return sorted(path for path in found if _is_visible(path))


def _is_visible(path: Path) -> bool:
    """Whether it is no hidden file, and no copy that Excel keeps of an open workbook."""
    return not path.name.startswith((".", "~$"))


def unread_file_messages(contracts: Sequence[Contract], sources: Path) -> list[str]:
    """One message for each folder of files, or folder beside one, with files that no contract reads."""
    read = {path for contract in contracts for path in _matches(contract, sources)}
    folders: set[Path] = set()
    for contract in contracts:
        steps = takewhile(lambda step: not re.search(r"[*?\[]", step), Path(contract.files.glob).parent.parts)
        folder = sources.joinpath(*steps)
        folders.add(folder.parent if sources in folder.parent.parents else folder)
    unread: dict[Path, set[str]] = defaultdict(set)
    for folder in folders - {sources}:
        for path in folder.rglob("*"):
            if path not in read and _is_visible(path) and path.is_file():
                unread[path.parent].add(path.name)
    return [
        f"{folder.relative_to(sources) if folder.is_relative_to(sources) else folder}: no contract reads {min(names)}"
        f"{f' and {len(names) - 1:,} more' if len(names) > 1 else ''}; correct the names or files.glob of a contract, "
        "or move the files away"
        for folder, names in sorted(unread.items())
    ]


def scan_feeds(contracts: Sequence[Contract], sources: Path, places: Places, as_of: date) -> list[FeedScan]:
    """Scans the folders of all feeds for files to land; only files that are not cached are read.

    A file whose load was dropped is new again once its contract reads it in another way. For an `as_of` before the day
    of the newest load nothing is new: what is delivered now was not known then.
    """
    loads = read_loads(places)
    landed: dict[str, list[Load]] = defaultdict(list)
    for load in loads:
        landed[load.feed].append(load)
    refusals = {(refusal.feed, refusal.fingerprint): refusal for refusal in read_refusals(places)}
    fingerprints = Fingerprints(places)
    scans = [
        _scan_feed(contract, sources, landed[contract.feed], refusals, fingerprints) for contract in contracts
    ]
    fingerprints.save()
    if as_of >= newest_day(loads):
        return scans
    refused: dict[str, list[Refusal]] = defaultdict(list)
    for refusal in refusals.values():
        refused[refusal.feed].append(refusal)
    return [
        replace(scan, new=(), still_refused=tuple(refused[scan.contract.feed]), names=(), late=())
        for scan in scans
    ]


def _scan_feed(
    contract: Contract,
    sources: Path,
    landed: Sequence[Load],
    refusals: dict[tuple[str, str], Refusal],
    fingerprints: Fingerprints,
) -> FeedScan:
    matches = _matches(contract, sources)
    digest = contract_digest(contract)
    seen = {
        load.fingerprint: load.file
        for load in landed
        if load.status != "dropped" or load.contract == digest or contract.retired
    }
    new: list[Delivery] = []
    still_refused: list[Refusal] = []
    repeats: list[tuple[str, str]] = []
    names: list[str] = []
    unreadable: list[str] = []
    for path in matches:
        name = str(path.relative_to(sources) if path.is_relative_to(sources) else path)
        if not path.is_file():
            # A folder that holds files is a level of the tree which a glob such as files/** passes through.
            if not path.is_dir() or path.suffix.lower() == Path(contract.files.glob).suffix.lower() != "":
                unreadable.append(f"{contract.feed}: {name} is no file; move it away")
            continue
        try:
            state = path.stat()
            is_unseen = not fingerprints.knows(path)
            fingerprint = fingerprints.of(path)
        except FileNotFoundError:
            continue  # taken away since the folder was listed
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else "unreadable"
            unreadable.append(
                f"{contract.feed}: {name} cannot be read ({why}); give its readers the right to, or move it away"
            )
            continue
        names.append(name)
        if fingerprint in seen:
            if is_unseen and seen[fingerprint] != name:
                repeats.append((name, seen[fingerprint]))
            continue
        seen[fingerprint] = name
        refusal = refusals.get((contract.feed, fingerprint))
        if refusal and refusal.contract == digest:
            still_refused.append(refusal)
        else:
            new.append(Delivery(path, name, fingerprint, (state.st_size, state.st_mtime_ns)))
    if contract.retired:
        return FeedScan(contract, 0, (), (), (), (), late=tuple(new))
    return FeedScan(
        contract,
        len(names),
        tuple(new),
        tuple(still_refused),
        tuple(repeats),
        tuple(names),
        unreadable=tuple(unreadable),
    )


def late_file_messages(scan: FeedScan) -> list[str]:
    """One message, if the feed is retired and its source goes on delivering; otherwise none."""
    if not scan.late:
        return []
    more = len(scan.late) - 1
    named = scan.late[0].name + (f" and {more:,} more" if more else "")
    return [
        f"{scan.contract.feed}: is retired, but {named} came and {'was' if not more else 'were'} never landed; take retired: "
        "true out of its contract and run: stamgast run, or move the files away"
    ]


def note_deliveries(places: Places, scan: FeedScan, as_of: date) -> None:
    """Writes down the day (`as_of`) on which each file of a feed was first seen under its name.

    An empty file repeats another one, so it makes no load that would date it. Files that were there before the first call
    get no day, since it is not known.
    """
    path = _deliveries_file(places, scan.contract.feed)
    noted = _noted(path)
    added = [name for name in scan.names if name not in noted]
    if not added and path.exists():
        return
    day = as_of.isoformat() if path.exists() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(noted | dict.fromkeys(added, day), indent=1) + "\n")


def newest_delivery(places: Places, feed: str, loads: Sequence[Load]) -> date | None:
    """The day (`as_of`) on which the feed last delivered a file, landed or refused; None if it never did."""
    days = [load.as_of for load in loads if load.feed == feed and load.retry_of is None]
    days += [date.fromisoformat(day) for day in _noted(_deliveries_file(places, feed)).values() if day]
    return max(days, default=None)


def _deliveries_file(places: Places, feed: str) -> Path:
    return places.deliveries / f"{feed}.json"


def _noted(path: Path) -> dict[str, str | None]:
    return json.loads(path.read_text("utf-8")) if path.exists() else {}
