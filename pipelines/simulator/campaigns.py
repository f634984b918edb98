"""The campaigns: the plan, who was picked, who was held out, and what a contact really changes."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulator.contact_blocks import Society
from pipelines.simulator.traits import Traits
from pipelines.simulator.words import BE, NL
from pipelines.simulator.world import DAY, Clock, Dice

HELD_OUT = 0.15
# Name, type, channel, purpose, days before the end, days it runs, department (-1: all), share of the eligible, budget in euro.
_PLAN = (
    ("Autumn kitchen", "mailing", "email", "offers", 995, 14, 1, 0.8, 1500), ("Sinterklaas", "mailing", "email", "offers", 945, 20, -1, 1.0, 3000),
    ("New year sale", "leaflet", "post", "offers", 905, 21, -1, 0.5, 9000), ("Spring garden", "mailing", "email", "offers", 840, 21, 0, 0.9, 2500),
    ("Moving house", "mailing", "email", "offers", 760, 14, 2, 0.6, 1200), ("Summer living", "contest", "email", "offers", 720, 14, 2, 0.8, 1800),
    ("Back to work", "leaflet", "post", "offers", 650, 14, 4, 0.4, 7000), ("Black Friday", "mailing", "email", "offers", 580, 7, -1, 1.0, 3500),
    ("White weeks", "mailing", "email", "offers", 530, 14, 3, 0.8, 1500), ("Spring garden II", "mailing", "email", "offers", 475, 21, 0, 0.9, 2600),
    ("Pet week", "sample", "email", "offers", 400, 7, 5, 0.7, 900), ("Summer living II", "contest", "email", "offers", 350, 14, 2, 0.8, 1800),
    ("Paint and renew", "leaflet", "post", "offers", 290, 14, 4, 0.4, 7000), ("Black Friday II", "mailing", "email", "offers", 215, 7, -1, 1.0, 3500),
    ("Loyal customers", "mailing", "email", "offers", 160, 14, -1, 0.5, 2000), ("Spring garden III", "contest", "email", "offers", 110, 21, 0, 0.9, 2700),
    ("Kitchen classics", "sample", "email", "offers", 55, 14, 1, 0.8, 1700), ("Summer living III", "mailing", "email", "offers", 12, 12, 2, 0.8, 1900),
)  # fmt: skip


@dataclass(frozen=True)
class Campaigns:
    """The plan, one entry per campaign, and the contacts, one entry per campaign and person picked."""

    code: list[str]
    name: list[str]
    kind: list[str]
    channel: list[str]
    purpose: list[str]
    start: np.ndarray
    days: np.ndarray
    department: np.ndarray
    budget: np.ndarray
    picked_campaign: np.ndarray
    picked_person: np.ndarray
    is_held_out: np.ndarray
    uplift: np.ndarray  # change of the chance of an order in the window if contacted

    def of_kind(self, kind: str) -> np.ndarray:
        """The campaigns of a type."""
        return np.flatnonzero(np.array(self.kind) == kind)


def make_campaigns(dice: Dice, clock: Clock, society: Society, traits: Traits) -> Campaigns:
    """Picks by channel: subscribers at that moment for e-mail, customers with a number for post."""
    rng = dice.of("campaigns")
    start = np.array([(clock.now // DAY - row[4]) * DAY + 7 * 3600 for row in _PLAN])
    picked: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
    for place, (_, _, channel, _, _, _, department, share, _) in enumerate(_PLAN):
        by_mail = (
            traits.is_subscriber
            & (traits.confirmed_at < start[place])
            & (np.minimum(traits.unsubscribed_at, traits.mail_dead_from) > start[place])
        )
        by_post = (
            traits.has_number
            & (traits.registered_at < start[place])
            & np.isin(society.people.country, (NL, BE))
        )
        eligible = np.flatnonzero(
            (by_mail if channel == "email" else by_post) & (rng.random(society.people.size) < share)
        )
        fits = department < 0 or (traits.department[eligible] == department)
        # Who has not come yet or has dropped out is not moved by any mail.
        is_active = (traits.active_from[eligible] < start[place]) & (
            traits.active_until[eligible] > start[place]
        )
        uplift = (
            traits.persuadable[eligible] * np.where(fits, 1.0, 0.4) * (traits.is_buyer[eligible] & is_active)
        )
        picked.append((np.full(len(eligible), place), eligible, rng.random(len(eligible)) < HELD_OUT, uplift))
    columns = [np.concatenate(parts) for parts in zip(*picked, strict=True)]
    codes = [
        f"C{1970 + int(begin / DAY / 365.2425) - 2000}-{place:02d}"
        for place, begin in enumerate(start, start=1)
    ]
    return Campaigns(
        codes, [row[0] for row in _PLAN], [row[1] for row in _PLAN], [row[2] for row in _PLAN], [row[3] for row in _PLAN],
        start, np.array([row[5] for row in _PLAN]), np.array([row[6] for row in _PLAN]), np.array([row[8] for row in _PLAN]),
        columns[0], columns[1], columns[2], columns[3],
    )  # fmt: skip
