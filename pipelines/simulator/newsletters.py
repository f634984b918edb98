"""Newsletter and mailing events: subscriptions, sends, opens, clicks, bounces, complaints, goodbyes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipelines.simulator.columns import choose, join, keep, moment, number, pick, words
from pipelines.simulator.company import Company
from pipelines.simulator.contact_blocks import Blocks
from pipelines.simulator.deliveries import Delivery, split_by_file
from pipelines.simulator.world import DAY

EVENTS = ("subscribe", "confirm", "send", "open", "click", "bounce", "complaint", "unsubscribe")
SUBSCRIBE, CONFIRM, SEND, OPEN, CLICK, BOUNCE, COMPLAINT, UNSUBSCRIBE = range(8)
EVERY_DAYS, BOUNCES, COMPLAINS = 28, 0.012, 0.0006


@dataclass(frozen=True)
class Events:
    """One entry per event in order of time; `campaign` -1 is the regular newsletter.

    In the smallest types that hold them: a million people make 17 million events.
    """

    person: np.ndarray
    at: np.ndarray
    kind: np.ndarray
    campaign: np.ndarray


def _events(person: np.ndarray, at: np.ndarray, kind: int, campaign: np.ndarray | int = -1) -> Events:
    size = len(person)
    campaigns = np.broadcast_to(np.asarray(campaign, dtype=np.int16), (size,))
    return Events(person.astype(np.int32), at, np.full(size, kind, dtype=np.int8), campaigns)


def _issues(rng: np.random.Generator, company: Company, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Person and time of each regular issue sent: from the confirmation to the goodbye or the first hard bounce."""
    traits, clock = company.traits, company.clock
    issues = np.arange(clock.now - DAY - 9 * 3600, clock.start, -EVERY_DAYS * DAY)[::-1]
    first = np.searchsorted(issues, np.minimum(traits.confirmed_at[who], clock.end))
    last = np.searchsorted(issues, np.minimum(traits.unsubscribed_at[who], clock.end))
    last = np.minimum(last, np.searchsorted(issues, traits.mail_dead_from[who]) + 1)
    count = np.maximum(last - first, 0)
    person = np.repeat(who, count)
    issue = np.arange(len(person)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    return person, issues[issue] + rng.integers(0, 1800, len(person))


def _with_answers(
    rng: np.random.Generator, company: Company, person: np.ndarray, at: np.ndarray, campaign: np.ndarray
) -> list[Events]:
    """The sends and what follows them: a bounce, or an open and perhaps a click or a complaint."""
    traits, end, size = company.traits, company.clock.end, len(person)
    bounces = (at > traits.mail_dead_from[person]) | (rng.random(size) < BOUNCES)
    opens = ~bounces & (rng.random(size) < traits.opens[person])
    clicks = opens & (rng.random(size) < traits.clicks[person])
    complains = opens & (rng.random(size) < COMPLAINS)
    opened_at = at + (rng.exponential(0.5, size) * DAY).astype(np.int64) + rng.integers(60, 3600, size)
    found = [_events(person, at, SEND, campaign)]
    for kind, mask, when in (
        (BOUNCE, bounces, at + 5), (OPEN, opens, opened_at), (CLICK, clicks, opened_at + 40), (COMPLAINT, complains, opened_at + 90),
    ):  # fmt: skip
        mask = mask & (when < end)
        found.append(_events(person[mask], when[mask], kind, campaign[mask]))
    return found


def make_events(company: Company) -> Events:
    """All events of all subscribers."""
    rng, traits, campaigns = company.dice.of("newsletter_events"), company.traits, company.campaigns
    end, who = company.clock.end, np.flatnonzero(traits.is_subscriber)
    confirmed, left = who[traits.confirmed_at[who] < end], who[traits.unsubscribed_at[who] < end]
    found = [
        _events(who, traits.subscribed_at[who], SUBSCRIBE),
        _events(confirmed, traits.confirmed_at[confirmed], CONFIRM),
        _events(left, traits.unsubscribed_at[left], UNSUBSCRIBE),
    ]
    person, at = _issues(rng, company, who)
    found += _with_answers(rng, company, person, at, np.full(len(person), -1))
    by_mail = np.array([channel == "email" for channel in campaigns.channel])
    sent = by_mail[campaigns.picked_campaign] & ~campaigns.is_held_out
    person, campaign = campaigns.picked_person[sent], campaigns.picked_campaign[sent]
    found += _with_answers(
        rng, company, person, campaigns.start[campaign] + rng.integers(0, 3600, len(person)), campaign
    )
    person, at, kind, campaign = (
        np.concatenate([getattr(each, name) for each in found])
        for name in ("person", "at", "kind", "campaign")
    )
    order = np.lexsort((kind, person, at))
    return Events(person[order], at[order], kind[order], campaign[order])


def newsletter_events(company: Company) -> Iterator[Delivery]:
    """Events by file; a subscriber is one contact block, under the address given when subscribing."""
    events = make_events(company)
    who = np.flatnonzero(company.traits.is_subscriber)
    place = np.full(company.society.people.size, -1)
    place[who] = np.arange(len(who))
    begin = company.traits.subscribed_at[who]
    blocks = Blocks(company.society, who, begin, company.newsletter_typing.take(who))
    subscriber, email = join("NL", number(who * 11 + 4_000_001)), blocks.email
    name, language = (
        keep(company.dice.of("newsletter names").random(len(who)) < 0.55, blocks.full_name),
        blocks.language,
    )
    links = words(
        [
            "https://stamgast-demo.example/sale",
            "https://stamgast-demo.example/new",
            "https://stamgast-demo.example/garden",
        ]
    )
    for label, rows, day in split_by_file(company.clock, events.at, 2, by_year=True):
        person, kind, campaign = events.person[rows], events.kind[rows], events.campaign[rows]
        block = place[person]
        of_block = pa.array(block)
        offers = choose(campaign >= 0, "Offers", "Home & Garden News")
        table = pa.table({
            "event_id": join("E", number(rows + 1, 9)), "ts": moment(events.at[rows], "%Y-%m-%dT%H:%M:%SZ"),
            "event": pick(words(list(EVENTS)), kind), "subscriber": subscriber.take(of_block), "email": email.take(of_block),
            "name": name.take(of_block), "lang": language.take(of_block), "list": offers,
            "campaign": pick(words(company.campaigns.code), campaign),
            "url": keep(kind == CLICK, pick(links, (person + rows) % 3)),
            "user_agent": keep(kind == OPEN, pick(words(["Mail/16", "Outlook/2", "Gmail"]), person % 3)),
        })  # fmt: skip
        yield Delivery(
            "newsletter_events",
            f"events_{label}.jsonl.gz",
            table,
            person,
            np.full(len(rows), -1),
            block,
            blocks=blocks,
            day=day,
        )
