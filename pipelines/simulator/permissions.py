"""Who permits what, withdraws it, or objects to all marketing."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulator.columns import Text, pick, words
from pipelines.simulator.deliveries import freshened
from pipelines.simulator.traits import Traits
from pipelines.simulator.world import DAY, Clock, Dice

GRANT, WITHDRAW, OBJECT = range(3)
ACTIONS = ("grant", "withdraw", "object")
# Purpose, channel, share of the account holders who grant it.
ASKED = (
    ("offers", "email", 0.50),
    ("offers", "post", 0.55),
    ("offers", "sms", 0.20),
    ("offers", "phone", 0.15),
    ("profiling", None, 0.40),
)
WITHDRAWS, OBJECTS = 0.10, 0.025
NEWSLETTER = len(ASKED)


@dataclass(frozen=True)
class Permissions:
    """One entry per act, ascending in time; `asked` is a place in ASKED, then the newsletter, then everything (-1)."""

    person: np.ndarray
    at: np.ndarray
    action: np.ndarray
    asked: np.ndarray
    objectors: np.ndarray  # people who object to all marketing, with their moment in objected_at
    objected_at: np.ndarray


def make_permissions(dice: Dice, clock: Clock, people: int, traits: Traits) -> Permissions:
    """Grants at registration and subscription, withdrawals later, objections of a few."""
    rng = dice.of("permissions")
    holders = np.flatnonzero(traits.has_number)
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []

    def add(person: np.ndarray, at: np.ndarray, action: int, asked: int) -> None:
        soon = at < clock.end
        parts.append((person[soon], at[soon], np.full(soon.sum(), action), np.full(soon.sum(), asked)))

    for place, (_, _, share) in enumerate(ASKED):
        who = holders[rng.random(len(holders)) < share]
        begin = traits.registered_at[who] + rng.integers(0, 600, len(who))
        add(who, begin, GRANT, place)
        gone = rng.random(len(who)) < WITHDRAWS
        add(
            who[gone],
            begin[gone] + DAY + (rng.random(gone.sum()) * (clock.end - begin[gone])).astype(np.int64),
            WITHDRAW,
            place,
        )
    who = np.flatnonzero(traits.is_subscriber)
    add(who, traits.subscribed_at[who] + 30, GRANT, NEWSLETTER)
    left = who[traits.unsubscribed_at[who] < clock.end]
    add(left, traits.unsubscribed_at[left] + 20, WITHDRAW, NEWSLETTER)
    objectors = np.flatnonzero(rng.random(people) < OBJECTS)
    objected_at = clock.start + (
        (0.2 + 0.75 * rng.random(len(objectors))) * (clock.end - clock.start)
    ).astype(np.int64)
    add(objectors, objected_at, OBJECT, -1)
    person, at, action, asked = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((asked, person, at))
    return Permissions(
        person[order], freshened(at[order], clock, 26), action[order], asked[order], objectors, objected_at
    )


def asked_for(asked: np.ndarray) -> tuple[Text, Text]:
    """Purpose and channel of each place in `Permissions.asked`; an objection is to all channels of offers."""
    place = np.where(asked < 0, len(ASKED) + 1, asked)
    purposes = words([purpose for purpose, _, _ in ASKED] + ["newsletter", "offers"])
    channels = words([channel for _, channel, _ in ASKED] + ["email", None])
    return pick(purposes, place), pick(channels, place)
