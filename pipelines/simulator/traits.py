"""What each person is like: the causes behind all behaviour, so that every prediction has a true answer."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulator.contact_blocks import Society
from pipelines.simulator.people import FEMALE
from pipelines.simulator.words import CN
from pipelines.simulator.world import DAY, Clock, Dice

WEB, STORE, SWEDEN, CHINA = range(4)
CHANNELS = ("web", "store", "sweden", "china")
BUYERS, SECOND_NUMBER = 0.42, 0.03
SUBSCRIBES = (0.44, 0.20, 0.60)  # of those who never buy, of guests, of account holders
RATE_SHAPE, RATE_MEAN = 0.6, 8.8  # orders a year of a buyer: a few order every week, most now and then
# Who orders this often a year opens an account in 63 of 100 cases, who orders less in fewer.
RATE_OF_ACCOUNT, ACCOUNT_WITHOUT_ORDER = 12.0, 0.02
NOT_CONFIRMED = 0.08
WITH_ACCOUNT = 0.7  # of the account holders among the subscribers: a tick in the account's form
YEAR = 365.25 * DAY
_DEPARTMENTS = 6


@dataclass(frozen=True)
class Traits:
    """One entry per person. Rates are per year; times in seconds since 1970 (UTC)."""

    is_buyer: np.ndarray
    rate: np.ndarray
    dropout_rate: np.ndarray
    active_from: np.ndarray
    active_until: np.ndarray
    channel: np.ndarray
    hour: np.ndarray
    department: np.ndarray
    second_department: np.ndarray
    has_number: np.ndarray
    number: np.ndarray
    second_number: np.ndarray  # 0: none
    registered_at: np.ndarray
    is_subscriber: np.ndarray
    subscribes_with_account: np.ndarray
    subscribed_at: np.ndarray
    confirmed_at: np.ndarray  # of the newsletter; after the end: never
    unsubscribed_at: np.ndarray
    mail_dead_from: np.ndarray  # from then on mail to the address subscribed with comes back
    opens: np.ndarray  # chance to open a mail
    clicks: np.ndarray  # chance to click in an opened mail
    persuadable: np.ndarray  # change of the chance to buy in a campaign's window when contacted
    browses: np.ndarray  # visits to the site per year


def make_traits(dice: Dice, clock: Clock, society: Society) -> Traits:
    """Draws the causes: purchase and drop-out rates are gamma, as in the Pareto/NBD model."""
    rng, people = dice.of("traits"), society.people
    count, country = people.size, people.country
    age = (clock.now // DAY - people.birth) / 365.25
    is_buyer = (rng.random(count) < BUYERS) & (age > 17)
    rate = np.where(is_buyer, rng.gamma(RATE_SHAPE, RATE_MEAN / RATE_SHAPE, count), 0.0)
    dropout_rate = rng.gamma(1.5, 0.42 / 1.5, count)
    span = clock.end - clock.start
    was_there = rng.random(count) < 0.4
    active_from = np.where(
        was_there, clock.start, clock.start + (rng.random(count) ** 0.9 * span).astype(np.int64)
    )
    rest = np.maximum(clock.end - active_from, 1)  # new people come until the last day
    lifetime = rng.exponential(1 / np.maximum(dropout_rate, 1e-3)) * YEAR
    active_until = np.minimum(active_from + lifetime, clock.end).astype(np.int64)
    local = np.array([WEB, WEB, SWEDEN, CHINA, WEB])[country]
    near_shop = np.array([0.50, 0.42, 0, 0, 0])[country]
    channel = np.where(rng.random(count) < near_shop, STORE, local)
    hour = rng.choice([8.5, 12.5, 16, 20.5], count, p=[0.15, 0.25, 0.2, 0.4]) + rng.normal(0, 0.7, count)
    # Taste follows sex a little, so that segments have something to find.
    taste = rng.dirichlet(np.full(_DEPARTMENTS, 0.6), count)
    taste[:, 4] *= np.where(people.sex == FEMALE, 0.6, 1.5)
    taste[:, 3] *= np.where(people.sex == FEMALE, 1.4, 0.8)
    order = np.argsort(-taste, axis=1)
    # The Chinese buy on a marketplace that has its own members.
    joins = np.where(country == CN, 0.1, 1.0) * -np.expm1(-rate / RATE_OF_ACCOUNT)
    joins = np.where(is_buyer, joins, ACCOUNT_WITHOUT_ORDER)
    has_number = (age > 17) & (rng.random(count) < joins)
    registered_at = active_from + (rng.exponential(0.02, count) * YEAR).astype(np.int64) % rest
    number = np.zeros(count, dtype=np.int64)
    holders = np.flatnonzero(has_number)
    number[holders[np.argsort(registered_at[holders], kind="stable")]] = 100_000 + 3 * np.arange(len(holders))
    twice = has_number & (rng.random(count) < SECOND_NUMBER)
    subscribes = np.array(SUBSCRIBES)[np.where(has_number, 2, is_buyer)]
    is_subscriber = (rng.random(count) < subscribes) & (age > 17)
    subscribes_with_account = is_subscriber & has_number & (rng.random(count) < WITH_ACCOUNT)
    lag = (np.abs(rng.normal(0.05, 0.08, count)) * YEAR).astype(np.int64)
    subscribed_at = active_from + np.maximum(lag, 60) % rest
    leaves = is_subscriber & (rng.random(count) < 0.18)
    stay = clock.end - subscribed_at
    unsubscribed_at = np.where(
        leaves, subscribed_at + (rng.random(count) * stay).astype(np.int64) + 3600, clock.end * 2
    )
    confirms = is_subscriber & (rng.random(count) >= NOT_CONFIRMED)
    confirmed_at = np.where(confirms, subscribed_at + rng.integers(60, 40_000, count), clock.end * 2)
    # Half of the addresses that people leave are closed four months later.
    leaves_address = (
        (people.email_changed_at > subscribed_at)
        & (people.email_changed_at < clock.end)
        & (rng.random(count) < 0.5)
    )
    mail_dead_from = np.where(
        leaves_address, np.minimum(people.email_changed_at, clock.end) + 120 * DAY, clock.end * 2
    )
    kind = rng.choice(4, count, p=[0.22, 0.63, 0.07, 0.08])
    persuadable = np.select([kind == 0, kind == 2, kind == 3], [0.20, -0.10, 0.06], 0.0)
    return Traits(
        is_buyer, rate, dropout_rate, active_from, active_until, channel, hour, order[:, 0], order[:, 1],
        has_number, number, np.where(twice, number + 1, 0), registered_at,
        is_subscriber, subscribes_with_account, subscribed_at, confirmed_at, unsubscribed_at, mail_dead_from, rng.beta(2.0, 3.5, count), rng.beta(1.5, 6, count),
        persuadable, rng.gamma(0.8, 3.2 / 0.8, count) + rate * 0.4,
    )  # fmt: skip
