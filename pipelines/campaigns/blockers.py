"""What stands against an export: refusals that may exist and that nobody has read yet, each as one sentence."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from pipelines.contracts import Contract
from pipelines.landing.deliveries import FeedScan, late_file_messages, newest_delivery, scan_feeds
from pipelines.landing.loads import Load, newest_day, read_loads
from pipelines.landing.refusals import can_refuse, half_landed
from pipelines.landing.refusals_reported import unreadable_refusal_messages
from pipelines.settings import Settings
from pipelines.warehouse.places import Places

_EMPTY = hashlib.sha256(b"").hexdigest()
# Files named of those that wait.
_NAMED = 3


def blockers(settings: Settings, contracts: Sequence[Contract]) -> list[str]:
    """One sentence per feed, load or file because of which a list written now might hold somebody who refused.

    Files of feeds that can refuse and are not landed, such feeds that delivered nothing for longer than `error_after` on
    `as_of`, such loads without a contract, and refusals that name nobody readable and that nobody has acknowledged.
    """
    places = settings.places
    loads = read_loads(places)
    refusing = [contract for contract in contracts if can_refuse(contract.kind)]
    # On the day of the newest load: on one before it no file counts as new.
    day = max(settings.as_of, newest_day(loads))
    sentences: list[str] = []
    for scan in scan_feeds(refusing, settings.sources, places, day):
        sentences += _not_landed(scan) + late_file_messages(scan)
        sentences += [] if scan.contract.retired else _too_old(scan, places, loads, settings.as_of)
    sentences += _without_contract(places, loads, refusing)
    return sentences + unreadable_refusal_messages(places, loads)


def _not_landed(scan: FeedScan) -> list[str]:
    feed = scan.contract.feed
    sentences = []
    waiting = [delivery.name for delivery in scan.new]
    if waiting:
        more = len(waiting) - _NAMED
        named = ", ".join(waiting[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
        has = "has" if len(waiting) == 1 else "have"
        sentences.append(
            f"{feed}: {named} {has} not been landed and may hold refusals; land first: stamgast run"
        )
    # An empty file holds none.
    sentences += [
        f"{feed}: {refusal.file} could not be landed and may hold refusals: {refusal.reason}, then run: stamgast run"
        for refusal in scan.still_refused
        if refusal.fingerprint != _EMPTY
    ]
    return sentences


def _too_old(scan: FeedScan, places: Places, loads: Sequence[Load], as_of: date) -> list[str]:
    contract = scan.contract
    empty = [refusal.as_of for refusal in scan.still_refused if refusal.fingerprint == _EMPTY]
    delivered = newest_delivery(places, contract.feed, loads)
    newest = max([*empty, *([delivered] if delivered else [])], default=None)
    allowed = contract.freshness.error_after
    todo = (
        f"have a file of {contract.files.glob} delivered (an empty one counts) and run: stamgast run, "
        "or write retired: true into its contract if the source has ended"
    )
    if newest is None:
        return [f"{contract.feed}: nothing was ever landed, so who refused there is not known; {todo}"]
    if as_of - newest > allowed:
        return [
            f"{contract.feed}: nothing was delivered since {newest}, {(as_of - newest).days} days before {as_of}, where "
            f"error_after is {_duration(allowed)}; {todo}"
        ]
    return []


def _duration(length: timedelta) -> str:
    hours = int(length.total_seconds() // 3600)
    return f"{hours}h" if hours % 24 else f"{hours // 24}d"


def _without_contract(places: Places, loads: Iterable[Load], contracts: Iterable[Contract]) -> list[str]:
    known = {(contract.kind, contract.feed) for contract in contracts}
    landed = {(load.kind, load.feed) for load in loads if can_refuse(load.kind)}
    landed |= {(folder.parent.parent.name, folder.parent.name) for folder in half_landed(places)}
    return [
        f"{feed}: what it landed as {kind} has no contract any more, so whether files are missing is not known; put the "
        f"contract back, with retired: true if the source has ended"
        for kind, feed in sorted(landed - known)
    ]
