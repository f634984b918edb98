"""Who orders what and when: the organic orders, what campaigns add or cost, the lines, the returns."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulator.campaigns import Campaigns
from pipelines.simulator.catalogue import Catalogue
from pipelines.simulator.contact_blocks import Society
from pipelines.simulator.traits import STORE, WEB, YEAR, Traits
from pipelines.simulator.words import BE, NL
from pipelines.simulator.world import DAY, Clock, Dice

# Orders per month relative to the mean: spring for the garden, December for presents.
SEASON = np.array([0.80, 0.75, 0.95, 1.10, 1.20, 1.05, 0.90, 0.80, 0.90, 0.95, 1.25, 1.35])
COMPLEMENT, RETURNED, BUSINESS = 0.30, 0.045, 0.35
CURRENCY = ("EUR", "EUR", "SEK", "CNY")
PRICE_FACTOR = np.array([1.0, 1.0, 11.5, 7.9])  # list price in the channel's currency


@dataclass(frozen=True)
class Orders:
    """One entry per order in order of time; a line belongs to the order whose place it names."""

    person: np.ndarray
    at: np.ndarray
    channel: np.ndarray
    is_business: np.ndarray
    is_guest: np.ndarray
    campaign: np.ndarray  # -1: no campaign's contact led to it
    line_order: np.ndarray
    line_number: np.ndarray
    product: np.ndarray
    quantity: np.ndarray
    price: np.ndarray  # cents of the channel's currency
    discount: np.ndarray
    campaign_extra: np.ndarray  # per campaign contact: an order only the contact brought
    campaign_lost: np.ndarray  # per campaign contact: an order the contact cost
    campaign_organic: np.ndarray  # per campaign contact: would have bought in the window anyway

    @property
    def amount(self) -> np.ndarray:
        """Cents of each line after discount."""
        return self.quantity * self.price - self.discount


def _season_clock(clock: Clock) -> tuple[np.ndarray, np.ndarray]:
    """Days and the cumulative number of expected orders up to each, for drawing times by inversion."""
    days = np.arange(clock.start // DAY, clock.end // DAY + 2)
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    return days * DAY, np.concatenate([[0.0], np.cumsum(SEASON[month])[:-1]])


def with_hour(rng: np.random.Generator, at: np.ndarray, hour: np.ndarray, clock: Clock) -> np.ndarray:
    """The same days, at about the given hour (local time taken as UTC+1), never after the end."""
    seconds = (np.clip(rng.normal(hour, 1.3), 6.1, 22.4) - 1) * 3600
    return np.minimum(at // DAY * DAY + seconds.astype(np.int64), clock.end - rng.integers(60, 7200, len(at)))


def _organic(rng: np.random.Generator, clock: Clock, traits: Traits) -> tuple[np.ndarray, np.ndarray]:
    """Person and time of each order that needs no campaign."""
    grid, expected = _season_clock(clock)
    low, high = np.interp(traits.active_from, grid, expected), np.interp(traits.active_until, grid, expected)
    mean = traits.rate * (high - low) * DAY / YEAR
    count = rng.poisson(mean)
    # A buyer has bought at least once: the first order is what makes them one.
    count = np.where(traits.is_buyer, np.maximum(count, 1), 0)
    person = np.repeat(np.arange(len(count)), count)
    at = np.interp(rng.uniform(low[person], high[person]), expected, grid).astype(np.int64)
    return person, at


def _respond(
    rng: np.random.Generator, campaigns: Campaigns, person: np.ndarray, at: np.ndarray, people: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What each contact changes: which organic orders fall away, which contacts bring one, who would have bought."""
    is_gone = np.zeros(len(person), dtype=bool)
    size = len(campaigns.picked_person)
    extra, lost, organic = np.zeros((3, size), dtype=bool)
    draws = rng.random(size)
    for place in range(len(campaigns.code)):
        mine = np.flatnonzero(campaigns.picked_campaign == place)
        begin, end = campaigns.start[place], campaigns.start[place] + campaigns.days[place] * DAY
        in_window = np.flatnonzero((at >= begin) & (at < end))
        buys = np.zeros(people, dtype=bool)
        buys[person[in_window]] = True
        who = campaigns.picked_person[mine]
        organic[mine] = buys[who]
        is_treated = ~campaigns.is_held_out[mine]
        extra[mine] = is_treated & (draws[mine] < campaigns.uplift[mine])
        # A negative uplift is a share of all contacts, so it takes a larger share of those who would have bought.
        share = max(float(organic[mine].mean()), 0.05) if len(mine) else 1.0
        lost[mine] = is_treated & organic[mine] & (draws[mine] < -campaigns.uplift[mine] / share)
        loses = np.zeros(people, dtype=bool)
        loses[who[lost[mine]]] = True
        is_gone[in_window[loses[person[in_window]]]] = True
    return is_gone, extra, lost, organic


def _with_newest(
    clock: Clock, traits: Traits, person: np.ndarray, at: np.ndarray, channel: np.ndarray
) -> np.ndarray:
    """The times with each channel's newest order six hours before the end of the history: no shop is silent for days.

    Ascending in time when it comes in; only orders of people who are still active move, and none with channel -1.
    """
    at = at.copy()
    can_move = (at <= clock.now) & (traits.active_until[person] >= clock.end)
    for place in range(len(CURRENCY)):
        mine = np.flatnonzero(can_move & (channel == place))
        if len(mine):
            at[mine[-1]] = max(int(at[mine[-1]]), clock.now - 6 * 3600)
    return at


def make_orders(
    dice: Dice, clock: Clock, society: Society, traits: Traits, catalogue: Catalogue, campaigns: Campaigns
) -> Orders:
    """All orders with their lines."""
    rng = dice.of("orders")
    person, at = _organic(rng, clock, traits)
    is_gone, extra, lost, organic = _respond(rng, campaigns, person, at, society.people.size)
    person, at = person[~is_gone], at[~is_gone]
    led = np.flatnonzero(extra)
    window = campaigns.days[campaigns.picked_campaign[led]] * DAY
    led_at = campaigns.start[campaigns.picked_campaign[led]] + (rng.beta(1, 3, len(led)) * window).astype(
        np.int64
    )
    campaign = np.concatenate([np.full(len(person), -1), campaigns.picked_campaign[led]])
    person, at = np.concatenate([person, campaigns.picked_person[led]]), np.concatenate([at, led_at])
    at = with_hour(rng, at, traits.hour[person], clock)
    order = np.lexsort((person, at))
    person, at, campaign = person[order], at[order], campaign[order]
    home = traits.channel[person]
    people = society.people.size
    strays = (rng.random(people) < 0.4)[person] & (rng.random(len(person)) < 0.45)
    # Shops are in the Netherlands and Belgium only; from elsewhere one strays to the web shop in euro.
    other = np.where(np.isin(society.people.country[person], (NL, BE)) & (home == WEB), STORE, WEB)
    channel = np.where(strays, other, home)
    # A campaign's coupon is for the web shop.
    channel = np.where((campaign >= 0) & (channel == STORE), WEB, channel)
    at = _with_newest(clock, traits, person, at, np.where(campaign >= 0, -1, channel))
    order = np.lexsort((person, at))
    person, at, campaign, channel = person[order], at[order], campaign[order], channel[order]
    is_business = (society.contact_of[person] >= 0) & (channel == WEB) & (rng.random(len(person)) < BUSINESS)
    # Some account holders do not always log in.
    forgets = (rng.random(people) < 0.15)[person] & (rng.random(len(person)) < 0.2)
    is_guest = ~traits.has_number[person] | (traits.registered_at[person] > at) | forgets
    return _with_lines(rng, clock, traits, catalogue, campaigns, Orders(
        person, at, channel, is_business, is_guest, campaign, *(np.empty(0),) * 6, extra, lost, organic,
    ))  # fmt: skip


def _with_lines(
    rng: np.random.Generator,
    clock: Clock,
    traits: Traits,
    catalogue: Catalogue,
    campaigns: Campaigns,
    orders: Orders,
) -> Orders:
    """The lines: taste first, a complement of the line before now and then, twice as much for business."""
    lines = 1 + rng.poisson(0.95, len(orders.person))
    line_order = np.repeat(np.arange(len(orders.person)), lines)
    starts = np.cumsum(lines) - lines
    line_number = np.arange(len(line_order)) - starts[line_order] + 1
    who = orders.person[line_order]
    draw = rng.random(len(who))
    pushed = campaigns.department[orders.campaign[line_order]]
    department = np.where(
        draw < 0.55,
        traits.department[who],
        np.where(draw < 0.8, traits.second_department[who], rng.integers(0, 6, len(who))),
    )
    department = np.where(
        (orders.campaign[line_order] >= 0) & (pushed >= 0) & (draw < 0.7), pushed, department
    )
    product = catalogue.draw(rng, department)
    goes_with = np.flatnonzero((line_number > 1) & (rng.random(len(who)) < COMPLEMENT))
    product[goes_with] = catalogue.complement[product[goes_with - 1]]
    business = orders.is_business[line_order]
    quantity = np.where(
        business,
        1 + rng.geometric(0.25, len(who)),
        rng.choice([1, 2, 3, 4, 6], len(who), p=[0.74, 0.15, 0.05, 0.04, 0.02]),
    )
    years = (orders.at[line_order] - clock.start) / YEAR
    factor = PRICE_FACTOR[orders.channel[line_order]] * (1 + 0.03 * np.floor(years))  # prices rise 3 % a year
    price = np.round(catalogue.cents[product] * factor).astype(np.int64)
    share = np.where(orders.campaign[line_order] >= 0, 0.15, np.where(rng.random(len(who)) < 0.08, 0.10, 0.0))
    discount = np.round(price * quantity * share).astype(np.int64)
    return Orders(
        orders.person, orders.at, orders.channel, orders.is_business, orders.is_guest, orders.campaign,
        line_order, line_number, product.astype(np.int32), quantity.astype(np.int32), price, discount,
        orders.campaign_extra, orders.campaign_lost, orders.campaign_organic,
    )  # fmt: skip
