"""The troubles of a feed, as messages: held, refused or missing deliveries, and data that are too old."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pipelines.contracts import Contract
from pipelines.errors import StamgastError
from pipelines.landing.loads import as_known_on, newest_day, read_loads, read_refusals
from pipelines.landing.refusals import half_landed
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.places import Places


def delivery_trouble(contract: Contract, places: Places, as_of: date) -> list[str]:
    """Messages on the held and refused deliveries of a feed as the ledger stood on `as_of`; or that nothing was delivered."""
    if contract.retired:
        return []
    landed = read_loads(places)
    loads = [load for load in as_known_on(landed, as_of) if load.feed == contract.feed]
    messages = [
        f"{load.file} is held as load {load.load_number}: {'; '.join(load.rules_failed)}; "
        f"look at it, then: stamgast loads release {load.load_number}, or drop; "
        "where the contract was wrong, fix it, drop the load and run: the file is read anew"
        for load in loads
        if load.status == "held"
    ]
    messages += [
        f"{refusal.file} is refused: {refusal.reason}"
        for refusal in read_refusals(places)
        if refusal.feed == contract.feed and refusal.as_of <= as_of
    ]
    if not loads and not messages:
        messages.append(
            f"nothing had been landed by {as_of}"
            if as_of < newest_day(landed)
            else f"no file matches {contract.files.glob}; deliver one or remove the contract"
        )
    return messages


def refuse_without_contract(places: Places, contracts: Sequence[Contract]) -> None:
    """Refuses loads whose feed has no contract, since nobody would read their facts and refusals.

    Raises StamgastError: there are such loads.
    """
    known = {contract.feed for contract in contracts}
    kinds = {contract.feed: contract.kind for contract in contracts}
    for load in read_loads(places):
        if load.kind != kinds.get(load.feed, load.kind):
            raise StamgastError(
                f"{load.feed}: its contract says kind {kinds[load.feed]}, but its load {load.load_number} is of kind {load.kind}; put the kind "
                "back, and give the new stream a contract under a name of its own"
            )
    lost = Counter(load.feed for load in read_loads(places) if load.feed not in known)
    lost.update(folder.parent.name for folder in half_landed(places) if folder.parent.name not in known)
    if lost:
        named = ", ".join(
            f"{feed} ({count} load{'s' if count > 1 else ''})" for feed, count in sorted(lost.items())
        )
        raise StamgastError(
            f"{places.raw}: holds loads of a feed without contract: {named}; put the contract back under that name, "
            "and where the source has ended add retired: true to it"
        )


def write_troubles(places: Places, feed: str, messages: Sequence[str]) -> None:
    """Writes the troubles of a feed into the build, for publishing and the summary."""
    path = _troubles_file(places, feed)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(list(messages)))


def _troubles_file(places: Places, feed: str) -> Path:
    return places.troubles / f"{feed}.json"


def is_judged(places: Places, feed: str) -> bool:
    """Whether the troubles of a feed were written; a copy of a warehouse lands nothing, so it has none."""
    return _troubles_file(places, feed).exists()


def read_troubles(places: Places, contracts: Sequence[Contract]) -> dict[str, str]:
    """Feed -> its troubles as of its last landing, joined; feeds without trouble are left out."""
    found = {}
    for contract in contracts:
        path = _troubles_file(places, contract.feed)
        if path.exists() and (messages := json.loads(path.read_text("utf-8"))):
            found[contract.feed] = "; ".join(messages)
    return found
