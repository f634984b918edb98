"""How each feed stands: fresh, late, held, refused or silent; what a run says and what the published version remembers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.contracts import Contract
from pipelines.landing.loads import Load, Refusal, read_loads, read_refusals, write_atomically
from pipelines.settings import Places


@dataclass(frozen=True)
class FeedTrouble:
    """Why the data of a feed are not what they should be, in sentences."""

    feed: str
    is_required: bool
    sentences: tuple[str, ...]


def delivery_trouble(contract: Contract, loads: Sequence[Load], refusals: Sequence[Refusal]) -> list[str]:
    """What is wrong with the deliveries of a feed: held or refused files, or none at all."""
    sentences = [
        f"{load.file} is held as load {load.load_number}: {'; '.join(load.rules_failed)}; look at it, then: stamgast loads release {load.load_number}, or drop"
        for load in loads
        if load.feed == contract.feed and load.status == "held"
    ]
    sentences += [
        f"{refusal.file} is refused: {refusal.reason}"
        for refusal in refusals
        if refusal.feed == contract.feed
    ]
    if not any(load.feed == contract.feed for load in loads) and not sentences:
        sentences.append(f"no file matches {contract.files.glob}; deliver one or remove the contract")
    return sentences


def current_trouble(contract: Contract, places: Places) -> list[str]:
    """`delivery_trouble` from the ledger as it is now."""
    return delivery_trouble(contract, read_loads(places), read_refusals(places))


def write_troubles(places: Places, troubles: Sequence[FeedTrouble]) -> None:
    """Keeps the troubles of this run in the build, for publishing and the summary."""
    places.build.mkdir(parents=True, exist_ok=True)
    content = {trouble.feed: list(trouble.sentences) for trouble in troubles if trouble.sentences}
    write_atomically(places.build / "feed_troubles.json", json.dumps(content, indent=1))


def read_troubles(places: Places) -> dict[str, str]:
    """Feed -> what is wrong with it, as the last run found."""
    path = places.build / "feed_troubles.json"
    found = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {feed: "; ".join(sentences) for feed, sentences in found.items()}
