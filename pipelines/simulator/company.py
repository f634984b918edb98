"""The demo company: everything that is true about it, made once and read by every feed."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from pipelines.simulator.campaigns import Campaigns, make_campaigns
from pipelines.simulator.catalogue import Catalogue, make_catalogue
from pipelines.simulator.columns import Text
from pipelines.simulator.companies import make_companies, make_contacts
from pipelines.simulator.contact_blocks import Society
from pipelines.simulator.households import make_households
from pipelines.simulator.noise import Typing, draw_typing
from pipelines.simulator.orders import Orders, make_orders
from pipelines.simulator.people import given_names, make_people
from pipelines.simulator.permissions import Permissions, make_permissions
from pipelines.simulator.traits import Traits, make_traits
from pipelines.simulator.world import Clock, Dice

# Share of a person's later blocks in one feed that are typed in full again.
RETYPED = 0.07


@dataclass(frozen=True)
class Company:
    """Society, assortment, campaigns and what people did."""

    dice: Dice
    clock: Clock
    society: Society
    traits: Traits
    catalogue: Catalogue
    campaigns: Campaigns
    orders: Orders
    permissions: Permissions

    @cached_property
    def account_typing(self) -> Typing:
        """How each person typed the data of the own account (then of the second one), copied by all that shows its number."""
        return draw_typing(self.dice.of("typing of accounts"), 2 * self.society.people.size)

    @cached_property
    def newsletter_typing(self) -> Typing:
        """How each person typed the data of the newsletter's form, or of the account where that form was ticked."""
        everyone = np.arange(self.society.people.size)
        typed = draw_typing(self.dice.of("typing of subscriptions"), len(everyone))
        return self.account_typing.take(everyone).as_copy().where(self.traits.subscribes_with_account, typed)

    def habit(self, feed: str) -> np.ndarray:
        """One number (0 to 1) per person that decides how the person behaves in a feed, the same each time.

        Where several things depend on it, multiples of it modulo 1 serve as further numbers.
        """
        return self.dice.of(f"habits of {feed}").random(self.society.people.size)

    def typed_anew(self, feed: str, count: int) -> Typing:
        """Typing of that many blocks of a feed that are each filled in by hand."""
        return draw_typing(self.dice.of(f"typing of {feed}"), count)

    def typed_once(self, feed: str, person: np.ndarray, is_anew: np.ndarray | None = None) -> Typing:
        """Typing of a feed that remembers what a person typed: the first block is typed, later blocks copy it.

        `is_anew`: the blocks that are typed in full nevertheless (default: a share of RETYPED).
        """
        rng = self.dice.of(f"who types {feed} again")
        again = rng.random(len(person)) < RETYPED if is_anew is None else is_anew
        typed = self.typed_anew(feed, len(person))
        copies = np.flatnonzero(~again)
        _, first, place = np.unique(person[copies], return_index=True, return_inverse=True)
        source = np.arange(len(person))
        source[copies] = copies[first][place]
        return typed.take(source).as_copy().where(source != np.arange(len(person)), typed)

    def typed_or_copied(
        self, feed: str, person: np.ndarray, number: np.ndarray, is_anew: np.ndarray | None = None
    ) -> Typing:
        """The typing of the account with that number; without a number (0) the person types, as in `typed_once`."""
        is_second = (number > 0) & (number == self.traits.second_number[person])
        copied = self.account_typing.take(person + is_second * self.society.people.size).as_copy()
        by_hand = np.flatnonzero(number == 0)
        place = np.zeros(len(person), dtype=np.int64)
        place[by_hand] = np.arange(len(by_hand))
        if not len(by_hand):
            return copied
        typed = self.typed_once(feed, person[by_hand], None if is_anew is None else is_anew[by_hand])
        return copied.where(number > 0, typed.take(place))

    @cached_property
    def given_ascii(self) -> Text:
        """Given names in the letters of an e-mail address."""
        return given_names().ascii


def make_company(people: int, seed: int, as_of: date, days: int = 0) -> Company:
    """The company of that many people over the years to `as_of` and some days more; the same for the same seed."""
    dice, clock = Dice(seed), Clock(as_of, days)
    homes = make_households(dice, clock, people)
    persons = make_people(dice, clock, homes)
    companies = make_companies(dice, clock, people)
    society = Society(persons, homes, companies, make_contacts(dice, clock, persons, companies))
    traits, catalogue = make_traits(dice, clock, society), make_catalogue(dice)
    campaigns = make_campaigns(dice, clock, society, traits)
    orders = make_orders(dice, clock, society, traits, catalogue, campaigns)
    permissions = make_permissions(dice, clock, people, traits)
    return Company(dice, clock, society, traits, catalogue, campaigns, orders, permissions)
