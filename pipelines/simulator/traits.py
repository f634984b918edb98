"""The traits of each person: the causes of all behaviour, so that every prediction has a true answer."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulator.contact_blocks import Society
from pipelines.simulator.people import FEMALE, People
from pipelines.simulator.words import CN
from pipelines.simulator.world import DAY, Clock, Dice

WEB, STORE, SWEDEN, CHINA = range(4)
CHANNELS = ("web", "store", "sweden", "china")
BUYERS, SECOND_NUMBER = 0.42, 0.03
SUBSCRIBES = (0.44, 0.20, 0.60)  # of those who never buy, of guests, of account holders
RATE_SHAPE, RATE_MEAN = 0.6, 8.8  # orders a year of a buyer: a few order every week, most now and then
# Orders a year with which 63 of 100 open an account; with fewer orders fewer do.
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


@dataclass(frozen=True)
class _Buying:
    """Purchase and drop-out rates (per year) and the time between the first and the last possible order."""

    is_buyer: np.ndarray
    rate: np.ndarray
    dropout_rate: np.ndarray
    active_from: np.ndarray
    active_until: np.ndarray
    rest: np.ndarray  # seconds from `active_from` to the end


def make_traits(dice: Dice, clock: Clock, society: Society) -> Traits:
    """Draws the traits of all people; purchase and drop-out rates are gamma distributed, as in the Pareto/NBD model."""
    rng, people = dice.of("traits"), society.people
    count, country = people.size, people.country
    is_adult = (clock.now // DAY - people.birth) / 365.25 > 17
    buying = _draw_buying(rng, clock, is_adult)
    local = np.array([WEB, WEB, SWEDEN, CHINA, WEB])[country]
    near_shop = np.array([0.50, 0.42, 0, 0, 0])[country]
    channel = np.where(rng.random(count) < near_shop, STORE, local)
    hour = rng.choice([8.5, 12.5, 16, 20.5], count, p=[0.15, 0.25, 0.2, 0.4]) + rng.normal(0, 0.7, count)
    # Taste depends on sex a little, so that segments have something to find.
    taste = rng.dirichlet(np.full(_DEPARTMENTS, 0.6), count)
    taste[:, 4] *= np.where(people.sex == FEMALE, 0.6, 1.5)
    taste[:, 3] *= np.where(people.sex == FEMALE, 1.4, 0.8)
    order = np.argsort(-taste, axis=1)
    has_number, number, second_number, registered_at = _draw_accounts(rng, buying, is_adult, country)
    subscription = _draw_subscriptions(rng, clock, people, buying, is_adult, has_number)
    kind = rng.choice(4, count, p=[0.22, 0.63, 0.07, 0.08])
    persuadable = np.select([kind == 0, kind == 2, kind == 3], [0.20, -0.10, 0.06], 0.0)
    return Traits(
        buying.is_buyer, buying.rate, buying.dropout_rate, buying.active_from, buying.active_until, channel, hour,
        order[:, 0], order[:, 1], has_number, number, second_number, registered_at, *subscription,
        rng.beta(2.0, 3.5, count), rng.beta(1.5, 6, count), persuadable, rng.gamma(0.8, 3.2 / 0.8, count) + buying.rate * 0.4,
    )  # fmt: skip


def _draw_buying(rng: np.random.Generator, clock: Clock, is_adult: np.ndarray) -> _Buying:
    count = len(is_adult)
    is_buyer = (rng.random(count) < BUYERS) & is_adult
    rate = np.where(is_buyer, rng.gamma(RATE_SHAPE, RATE_MEAN / RATE_SHAPE, count), 0.0)
    dropout_rate = rng.gamma(1.5, 0.42 / 1.5, count)
    span = clock.end - clock.start
    was_there = rng.random(count) < 0.4
    active_from = np.where(
        was_there, clock.start, clock.start + (rng.random(count) ** 0.9 * span).astype(np.int64)
    )
    lifetime = rng.exponential(1 / np.maximum(dropout_rate, 1e-3)) * YEAR
    active_until = np.minimum(active_from + lifetime, clock.end).astype(np.int64)
    rest = np.maximum(clock.end - active_from, 1)  # new people come until the last day
    return _Buying(is_buyer, rate, dropout_rate, active_from, active_until, rest)


def _draw_accounts(
    rng: np.random.Generator, buying: _Buying, is_adult: np.ndarray, country: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Whether a person has an account, its customer number, a second number (0: none), and when it was opened."""
    count = len(is_adult)
    # The Chinese buy on a marketplace that has its own members.
    joins = np.where(country == CN, 0.1, 1.0) * -np.expm1(-buying.rate / RATE_OF_ACCOUNT)
    joins = np.where(buying.is_buyer, joins, ACCOUNT_WITHOUT_ORDER)
    has_number = is_adult & (rng.random(count) < joins)
    registered_at = buying.active_from + (rng.exponential(0.02, count) * YEAR).astype(np.int64) % buying.rest
    number = np.zeros(count, dtype=np.int64)
    holders = np.flatnonzero(has_number)
    number[holders[np.argsort(registered_at[holders], kind="stable")]] = 100_000 + 3 * np.arange(len(holders))
    twice = has_number & (rng.random(count) < SECOND_NUMBER)
    return has_number, number, np.where(twice, number + 1, 0), registered_at


def _draw_subscriptions(
    rng: np.random.Generator,
    clock: Clock,
    people: People,
    buying: _Buying,
    is_adult: np.ndarray,
    has_number: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The fields of Traits about the newsletter, from `is_subscriber` to `mail_dead_from`."""
    count, never = len(is_adult), clock.end * 2
    subscribes = np.array(SUBSCRIBES)[np.where(has_number, 2, buying.is_buyer)]
    is_subscriber = (rng.random(count) < subscribes) & is_adult
    with_account = is_subscriber & has_number & (rng.random(count) < WITH_ACCOUNT)
    lag = (np.abs(rng.normal(0.05, 0.08, count)) * YEAR).astype(np.int64)
    subscribed_at = buying.active_from + np.maximum(lag, 60) % buying.rest
    leaves = is_subscriber & (rng.random(count) < 0.18)
    stay = (rng.random(count) * (clock.end - subscribed_at)).astype(np.int64)
    unsubscribed_at = np.where(leaves, subscribed_at + stay + 3600, never)
    confirms = is_subscriber & (rng.random(count) >= NOT_CONFIRMED)
    confirmed_at = np.where(confirms, subscribed_at + rng.integers(60, 40_000, count), never)
    # Half of the addresses that people leave are closed four months later.
    leaves_address = (
        (people.email_changed_at > subscribed_at)
        & (people.email_changed_at < clock.end)
        & (rng.random(count) < 0.5)
    )
    dead_from = np.minimum(people.email_changed_at, clock.end) + 120 * DAY
    mail_dead_from = np.where(leaves_address, dead_from, never)
    return is_subscriber, with_account, subscribed_at, confirmed_at, unsubscribed_at, mail_dead_from
