"""Digests of the files of loads: noted when a load is committed, renewed where a file is rewritten, compared to find damage."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pipelines.landing.deliveries import Fingerprints
from pipelines.landing.loads import QUARANTINED, Load, as_json, read_load, read_loads
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.places import Places


def digest_of(path: Path) -> str:
    """SHA-256 of the bytes of a file, as hexadecimal text."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def replace_file(places: Places, draft: Path, path: Path) -> None:
    """Puts a draft in place of a file of a load, of the ledger or of the quarantine, and its digest into `_load.json`.

    The new digest is noted before the rename and the old one stays beside it, so that a crash in between damages nothing.
    """
    noted = _noted_in(places, path)
    if noted is not None:
        place, name = noted
        load = read_load(place)
        if name in load.digests:
            digests = load.digests | {name: [digest_of(draft), *load.digests[name][:1]]}
            write_atomically(place, as_json(load.model_copy(update={"digests": digests})))
    draft.replace(path)


def _noted_in(places: Places, path: Path) -> tuple[Path, str] | None:
    """The `_load.json` that holds the digest of a file, and the file's name there; None of a file of no load."""
    if path.is_relative_to(places.raw):
        place = path.with_name("_load.json")
        return (place, path.name) if place.exists() else None
    if path.is_relative_to(places.quarantine):
        feed, number = path.parts[-3:-1]
        found = next(places.raw.glob(f"*/{feed}/{number}/_load.json"), None)
        return (found, QUARANTINED + path.name) if found is not None else None
    return None


def damage(places: Places, feeds: Sequence[str] | None = None, cached: bool = False) -> list[str]:
    """One message per file of a load (of these feeds) whose bytes are not those that were written, with what to do.

    `cached`: trusts the size and time of change of a file that was read before, as a run does; else every byte is read.
    Loads committed before digests were noted are passed over.
    """
    fingerprints = Fingerprints(places) if cached else None
    messages = []
    for load in read_loads(places):
        if feeds is not None and load.feed not in feeds:
            continue
        for name, digests in load.digests.items():
            path = _path(places, load, name)
            if path.exists():
                found = fingerprints.of(path) if fingerprints else digest_of(path)
                wrong = None if found in digests else "is not as it was written"
            else:
                wrong = "is gone" if _must_exist(load, name) else None
            if wrong is not None:
                messages.append(
                    f"{load.feed}: {path.relative_to(places.root)} of load {load.load_number} ({load.file}) {wrong}; put it back from "
                    f"a backup, or drop the load and its file is read anew: stamgast loads drop {load.load_number}"
                )
    if fingerprints:
        fingerprints.save()
    return messages


def _path(places: Places, load: Load, name: str) -> Path:
    if name.startswith(QUARANTINED):
        return load.quarantine(places) / name.removeprefix(QUARANTINED)
    return load.folder(places) / name


def _must_exist(load: Load, name: str) -> bool:
    if name == "refusals.parquet":
        return load.refusals_taken_back is None
    # Of a dropped load the profiles go as well where nobody refers to them; retention empties the quarantine.
    return load.status != "dropped" and not name.startswith(QUARANTINED)
