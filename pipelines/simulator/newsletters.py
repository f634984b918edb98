"""Newsletter and mailing events: subscriptions, sends, opens, clicks, bounces, complaints, goodbyes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipelines.simulator.columns import choose, join, keep, moment, number, pick, words
from pipelines.simulator.company import Company
from pipelines.simulator.contact_blocks import Blocks
from pipelines.simulator.deliveries import Delivery, cut
from pipelines.simulator.world import DAY

EVENTS = ("subscribe", "confirm", "send", "open", "click", "bounce", "complaint", "unsubscribe")
SUBSCRIBE, CONFIRM, SEND, OPEN, CLICK, BOUNCE, COMPLAINT, UNSUBSCRIBE = range(8)
EVERY_DAYS, NOT_CONFIRMED, BOUNCES, COMPLAINS = 70, 0.08, 0.012, 0.0006
_HARD_BOUNCE = 0.5  # chance that mail to an address given up long ago comes back


@dataclass(frozen=True)
class Events:
    """One entry per event in order of time; `campaign` -1 is the regular newsletter."""

    person: np.ndarray
    at: np.ndarray
    kind: np.ndarray
    campaign: np.ndarray
    mailing: np.ndarray


def _answers(
    rng: np.random.Generator,
    company: Company,
    person: np.ndarray,
    at: np.ndarray,
    campaign: np.ndarray,
    mailing: np.ndarray,
) -> list[Events]:
    """What follows the sends: a bounce, or an open at the person's hour, and perhaps a click."""
    traits, end = company.traits, company.clock.end
    changed = company.society.people.email_changed_at[person]
    # An address bounces once, then the sending service stops.
    gone = (at > changed + 120 * DAY) & (rng.random(len(person)) < _HARD_BOUNCE)
    bounces = gone | (rng.random(len(person)) < BOUNCES)
    opens = ~bounces & (rng.random(len(person)) < traits.opens[person])
    delay = (rng.exponential(0.5, len(person)) * DAY).astype(np.int64) + rng.integers(60, 3600, len(person))
    clicks = opens & (rng.random(len(person)) < traits.clicks[person])
    complains = opens & (rng.random(len(person)) < COMPLAINS)
    found = []
    for kind, mask, later in (
        (BOUNCE, bounces, 5),
        (OPEN, opens, delay),
        (CLICK, clicks, delay + 40),
        (COMPLAINT, complains, delay + 90),
    ):
        when = at + later
        keep_ = mask & (when < end)
        found.append(
            Events(person[keep_], when[keep_], np.full(keep_.sum(), kind), campaign[keep_], mailing[keep_])
        )
    return found


def make_events(company: Company) -> Events:
    """All events of all subscribers."""
    rng, traits, clock, campaigns = (
        company.dice.of("newsletter_events"),
        company.traits,
        company.clock,
        company.campaigns,
    )
    who = np.flatnonzero(traits.is_subscriber)
    begin, leave = traits.subscribed_at[who], traits.unsubscribed_at[who]
    none = np.full(len(who), -1)
    confirmed = rng.random(len(who)) >= NOT_CONFIRMED
    confirmed_at = begin + rng.integers(60, 40_000, len(who))
    found = [Events(who, begin, np.full(len(who), SUBSCRIBE), none, none)]
    found.append(
        Events(
            who[confirmed],
            confirmed_at[confirmed],
            np.full(confirmed.sum(), CONFIRM),
            none[confirmed],
            none[confirmed],
        )
    )
    left = leave < clock.end
    found.append(Events(who[left], leave[left], np.full(left.sum(), UNSUBSCRIBE), none[left], none[left]))
    issues = np.arange(clock.now - DAY - 9 * 3600, clock.start, -EVERY_DAYS * DAY)[::-1]
    first, last = (
        np.searchsorted(issues, np.where(confirmed, confirmed_at, clock.end)),
        np.searchsorted(issues, np.minimum(leave, clock.end)),
    )
    count = np.maximum(last - first, 0)
    person = np.repeat(who, count)
    issue = np.arange(len(person)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    at = issues[issue] + rng.integers(0, 1800, len(person))
    none = np.full(len(person), -1)
    found += [
        Events(person, at, np.full(len(person), SEND), none, issue),
        *_answers(rng, company, person, at, none, issue),
    ]
    by_mail = np.array([channel == "email" for channel in campaigns.channel])
    sent = by_mail[campaigns.picked_campaign] & ~campaigns.is_held_out
    person, campaign = campaigns.picked_person[sent], campaigns.picked_campaign[sent]
    at = campaigns.start[campaign] + rng.integers(0, 3600, len(person))
    none = np.full(len(person), -1)
    found += [
        Events(person, at, np.full(len(person), SEND), campaign, none),
        *_answers(rng, company, person, at, campaign, none),
    ]
    joined = [
        np.concatenate([getattr(part_, name) for part_ in found])
        for name in ("person", "at", "kind", "campaign", "mailing")
    ]
    order = np.lexsort((joined[2], joined[0], joined[1]))
    return Events(*(column[order] for column in joined))


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
    for label, rows, day in cut(company.clock, events.at, 2, by_year=True):
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
