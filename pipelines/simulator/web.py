"""Web events: visits by cookie, what was viewed, wished for and put in the basket, and who logged in."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipelines.simulator.columns import choose, join, keep, moment, number, pick, words
from pipelines.simulator.company import Company
from pipelines.simulator.contact_blocks import Blocks
from pipelines.simulator.deliveries import NOBODY, Delivery, split_by_file
from pipelines.simulator.forms import cookie, customer_number
from pipelines.simulator.orders import with_hour
from pipelines.simulator.traits import WEB, YEAR

EVENTS = ("landing", "page_view", "product_view", "search", "wish", "basket", "login")
LANDING, PAGE, VIEW, SEARCH, WISH, BASKET, LOGIN = range(7)
LOGIN_USERS, LOGS_IN, STRANGERS = 0.5, 0.5, 0.15
_REFERRERS = (
    "https://www.google.com",
    "https://www.bing.com",
    "https://www.facebook.com",
    "https://www.pinterest.com",
)
_SOURCES = ("google", "facebook", "newsletter", "print", "tv")


def _draw_visits(company: Company, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Person, time and product wanted (-1: none) of each visit: visits before orders, then browsing."""
    traits, orders, clock = company.traits, company.orders, company.clock
    years = (traits.active_until - traits.active_from) / YEAR
    person = np.repeat(np.arange(len(years)), rng.poisson(traits.browses * 0.36 * years))
    span = traits.active_until[person] - traits.active_from[person]
    at = traits.active_from[person] + (rng.random(len(person)) * span).astype(np.int64)
    at = with_hour(rng, at, traits.hour[person], clock)
    first_line = np.searchsorted(orders.line_order, np.arange(len(orders.person)))
    web = np.flatnonzero((orders.channel == WEB) & (rng.random(len(orders.person)) < 0.45))
    before = orders.at[web] - rng.integers(300, 3 * 86_400, len(web))
    return (
        np.concatenate([orders.person[web], person]), np.maximum(np.concatenate([before, at]), clock.start),
        np.concatenate([orders.product[first_line[web]], np.full(len(person), -1)]),
    )  # fmt: skip


@dataclass(frozen=True)
class _Visits:
    """One entry per visit, in order of time."""

    person: np.ndarray
    at: np.ndarray
    wanted: np.ndarray  # product put in the basket at the end, -1: none
    device: np.ndarray
    is_stranger: np.ndarray  # a device of somebody else, or cookies wiped
    logs_in: np.ndarray
    lands: np.ndarray  # begins at a landing page


@dataclass(frozen=True)
class _Events:
    """One entry per event, in order of visit and time; `visit` is its place in the visits."""

    visit: np.ndarray
    kind: np.ndarray
    product: np.ndarray
    at: np.ndarray
    is_after_login: np.ndarray

    @property
    def has_product(self) -> np.ndarray:
        return np.isin(self.kind, (VIEW, WISH, BASKET))


def _make_visits(company: Company, rng: np.random.Generator) -> _Visits:
    traits = company.traits
    person, at, wanted = _draw_visits(company, rng)
    order = np.lexsort((person, at))
    person, at, wanted = person[order], at[order], wanted[order]
    device = np.where(rng.random(len(person)) < 0.75, 0, rng.integers(0, 3, len(person)))
    is_stranger = rng.random(len(person)) < STRANGERS
    can_log_in = (traits.number[person] > 0) & (traits.registered_at[person] < at) & ~is_stranger
    can_log_in &= (company.habit("web_events")[person] < LOGIN_USERS) & (
        (device == 0) | (rng.random(len(person)) < 0.1)
    )
    logs_in = can_log_in & (rng.random(len(person)) < np.where(wanted >= 0, 0.9, LOGS_IN))
    lands = rng.random(len(person)) < 0.4
    return _Visits(person, at, wanted, device, is_stranger, logs_in, lands)


def _make_events(company: Company, rng: np.random.Generator, visits: _Visits) -> _Events:
    traits, end = company.traits, company.clock.end
    wanted, lands, logs_in = visits.wanted, visits.lands, visits.logs_in
    count = 1 + lands + logs_in + (wanted >= 0) + rng.poisson(0.7, len(visits.person))
    visit = np.repeat(np.arange(len(visits.person)), count)
    step = np.arange(len(visit)) - np.repeat(np.cumsum(count) - count, count)
    kind = rng.choice([PAGE, VIEW, SEARCH, WISH, BASKET], len(visit), p=[0.32, 0.46, 0.08, 0.06, 0.08])
    login_step = np.where(logs_in, lands.astype(int), -1)
    kind[(step == 0) & lands[visit]] = LANDING
    kind[step == login_step[visit]] = LOGIN
    buys = (step == count[visit] - 1) & (wanted[visit] >= 0)
    kind[buys] = BASKET
    who = visits.person[visit]
    department = np.where(rng.random(len(visit)) < 0.7, traits.department[who], traits.second_department[who])
    product = np.where(buys, wanted[visit], company.catalogue.draw(rng, department))
    at = np.minimum(visits.at[visit] + step * rng.integers(20, 60, len(visit)), end)
    if len(at):
        at[-1] = max(int(at[-1]), end - 3600)
    return _Events(visit, kind, product, at, logs_in[visit] & (step >= login_step[visit]))


def _campaign_of(company: Company, rng: np.random.Generator, visits: _Visits) -> np.ndarray:
    """The campaign that brought each visit, -1: none."""
    begins, days = company.campaigns.start, company.campaigns.days
    running = np.searchsorted(begins, visits.at, side="right") - 1
    is_running = (running >= 0) & (visits.at < begins[running] + days[running] * 86_400)
    return np.where(is_running & visits.lands & (rng.random(len(visits.at)) < 0.5), running, -1)


def web_events(company: Company) -> Iterator[Delivery]:
    """Events in order of visit and time, as Parquet; from the login on they carry the account's number and e-mail.

    Half of the account holders log in, and hardly ever on another device than their first.
    """
    rng, traits, catalogue = company.dice.of("web_events"), company.traits, company.catalogue
    visits = _make_visits(company, rng)
    events = _make_events(company, rng, visits)
    source = rng.integers(0, len(_SOURCES), len(visits.person))
    campaign = _campaign_of(company, rng, visits)
    who = visits.person[events.visit]
    holders = np.unique(who[events.is_after_login])
    place = np.full(len(traits.has_number), -1)
    place[holders] = np.arange(len(holders))
    typing = company.account_typing.take(holders).as_copy()
    blocks = Blocks(company.society, holders, traits.registered_at[holders], typing)
    email = blocks.email
    strangers = cookie(visits.person + len(place) * 2, visits.device)
    cookies = choose(visits.is_stranger, strangers, cookie(visits.person, visits.device))
    for label, rows, day in split_by_file(company.clock, events.at, 1, by_year=True):
        visit, seen, kind = events.visit[rows], events.is_after_login[rows], events.kind[rows]
        has_product, product = events.has_product[rows], events.product[rows]
        pages = choose(
            has_product,
            join("/p/", pick(catalogue.sku, product)),
            pick(words(["/", "/sale", "/garden", "/stores"]), rows % 4),
        )
        table = pa.table({
            "event_id": join("V", number(rows + 1, 10)), "event_time": moment(events.at[rows], "%Y-%m-%d %H:%M:%S"),
            "event_name": pick(words(list(EVENTS)), kind), "session": join("s", number(visit + 1)),
            "cookie": cookies.take(pa.array(visit)), "customer_no": keep(seen, customer_number(traits.number[who[rows]])),
            "email": keep(seen, email.take(pa.array(np.maximum(place[who[rows]], 0)))),
            "page": join("https://stamgast-demo.example", pages),
            "referrer": keep(kind == LANDING, pick(words(list(_REFERRERS)), visit % 4)),
            "utm_source": keep(kind == LANDING, pick(words(list(_SOURCES)), source[visit])),
            "utm_campaign": keep(kind == LANDING, pick(words(company.campaigns.code), campaign[visit])),
            "sku": keep(has_product, pick(catalogue.sku, product)),
            "user_agent": pick(words(["Firefox", "Chrome", "Safari"]), visit % 3),
        })  # fmt: skip
        yield Delivery(
            "web_events", f"events_{label}.parquet", table, np.where(visits.is_stranger[visit], NOBODY, who[rows]),
            np.full(len(rows), NOBODY), np.where(seen, place[who[rows]], -1), blocks=blocks, day=day,
        )  # fmt: skip
