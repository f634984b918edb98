"""Who permits what, withdraws it, or objects to all marketing."""

from dataclasses import dataclass, replace

import numpy as np

from pipelines.simulator.columns import Text, pick, words
from pipelines.simulator.deliveries import freshened
from pipelines.simulator.traits import Traits
from pipelines.simulator.world import DAY, Clock, Dice

GRANT, WITHDRAW, OBJECT = range(3)
ACTIONS = ("grant", "withdraw", "object")
REFUSES_ALL = 0.3  # of the account holders
# Purpose, channel, share of the other account holders who grant it.
ASKED = (
    ("offers", "email", 0.70),
    ("offers", "post", 0.75),
    ("offers", "sms", 0.28),
    ("offers", "phone", 0.20),
    ("profiling", None, 0.55),
)
WITHDRAWS, OBJECTS = 0.10, 0.025
IN_CENTRE = 0.10  # of the newsletter's own form: subscriptions noted in the preference centre as well
NEWSLETTER = len(ASKED)


@dataclass(frozen=True)
class Permissions:
    """One entry per act, ascending in time; `asked` is a place in ASKED, then the newsletter, then everything (-1)."""

    person: np.ndarray
    at: np.ndarray
    action: np.ndarray
    asked: np.ndarray
    is_in_centre: (
        np.ndarray
    )  # in the feed of consents; other subscriptions show in the newsletter's events only
    objectors: np.ndarray  # people who object to all marketing, with their moment in objected_at
    objected_at: np.ndarray

    @property
    def in_centre(self) -> "Permissions":
        """The acts that the preference centre noted down."""
        noted = self.is_in_centre
        return replace(
            self, person=self.person[noted], at=self.at[noted], action=self.action[noted],
            asked=self.asked[noted], is_in_centre=noted[noted],
        )  # fmt: skip


def make_permissions(dice: Dice, clock: Clock, people: int, traits: Traits) -> Permissions:
    """Grants at registration and subscription, withdrawals later, objections of a few."""
    rng = dice.of("permissions")
    holders = np.flatnonzero(traits.has_number & (rng.random(people) >= REFUSES_ALL))
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
    noted = traits.subscribes_with_account | (rng.random(people) < IN_CENTRE)
    is_in_centre = (asked != NEWSLETTER) | noted[person]
    order = np.lexsort((asked, person, at))
    # The feed of consents is as fresh as its contract asks for.
    in_time = order[is_in_centre[order]]
    at[in_time] = freshened(at[in_time], clock, 26)
    order = np.lexsort((asked, person, at))
    return Permissions(
        person[order], at[order], action[order], asked[order], is_in_centre[order], objectors, objected_at
    )


def asked_for(asked: np.ndarray) -> tuple[Text, Text]:
    """Purpose and channel of each place in `Permissions.asked`; an objection is to all channels of offers."""
    place = np.where(asked < 0, len(ASKED) + 1, asked)
    purposes = words([purpose for purpose, _, _ in ASKED] + ["newsletter", "offers"])
    channels = words([channel for _, channel, _ in ASKED] + ["email", None])
    return pick(purposes, place), pick(channels, place)
