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
        """How each person typed the data of the newsletter's form."""
        return draw_typing(self.dice.of("typing of subscriptions"), self.society.people.size)

    def typed_anew(self, feed: str, count: int) -> Typing:
        """Typing of that many blocks of a feed that somebody fills in by hand."""
        return draw_typing(self.dice.of(f"typing of {feed}"), count)

    def typed_or_copied(self, feed: str, person: np.ndarray, number: np.ndarray) -> Typing:
        """The typing of the account with that number, fresh typing where there is none (0)."""
        is_second = (number > 0) & (number == self.traits.second_number[person])
        copied = self.account_typing.take(person + is_second * self.society.people.size).as_copy()
        return copied.where(number > 0, self.typed_anew(feed, len(person)))

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
