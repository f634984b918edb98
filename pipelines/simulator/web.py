"""Web events: visits by cookie, what was viewed, wished for and put in the basket, and who logged in."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from pipelines.simulator.columns import choose, join, keep, moment, number, pick, words
from pipelines.simulator.company import Company
from pipelines.simulator.contact_blocks import Blocks
from pipelines.simulator.deliveries import NOBODY, Delivery, cut
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


def _visits(company: Company, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Person, time and product in mind (-1: none) of each visit: those before orders, then mere browsing."""
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


def web_events(company: Company) -> Iterator[Delivery]:
    """Events in order of visit and time, as Parquet; from the login on they carry the account's number and e-mail.

    Half of the account holders log in, and hardly ever on another device than their first.
    """
    rng, traits, clock, catalogue = (
        company.dice.of("web_events"),
        company.traits,
        company.clock,
        company.catalogue,
    )
    person, at, wanted = _visits(company, rng)
    order = np.lexsort((person, at))
    person, at, wanted = person[order], at[order], wanted[order]
    device = np.where(rng.random(len(person)) < 0.75, 0, rng.integers(0, 3, len(person)))
    is_stranger = rng.random(len(person)) < STRANGERS  # a device of somebody else, or cookies wiped
    knows = (traits.number[person] > 0) & (traits.registered_at[person] < at) & ~is_stranger
    knows &= (company.habit("web_events")[person] < LOGIN_USERS) & (
        (device == 0) | (rng.random(len(person)) < 0.1)
    )
    logs_in = knows & (rng.random(len(person)) < np.where(wanted >= 0, 0.9, LOGS_IN))
    lands = rng.random(len(person)) < 0.4
    count = 1 + lands + logs_in + (wanted >= 0) + rng.poisson(0.7, len(person))
    visit = np.repeat(np.arange(len(person)), count)
    step = np.arange(len(visit)) - np.repeat(np.cumsum(count) - count, count)
    kind = rng.choice([PAGE, VIEW, SEARCH, WISH, BASKET], len(visit), p=[0.32, 0.46, 0.08, 0.06, 0.08])
    login_step = np.where(logs_in, lands.astype(int), -1)
    kind[(step == 0) & lands[visit]] = LANDING
    kind[step == login_step[visit]] = LOGIN
    last = step == count[visit] - 1
    kind[last & (wanted[visit] >= 0)] = BASKET
    is_after_login = logs_in[visit] & (step >= login_step[visit])
    who = person[visit]
    department = np.where(rng.random(len(visit)) < 0.7, traits.department[who], traits.second_department[who])
    product = catalogue.draw(rng, department)
    product = np.where((wanted[visit] >= 0) & last, wanted[visit], product)
    has_product = np.isin(kind, (VIEW, WISH, BASKET))
    when = np.minimum(at[visit] + step * rng.integers(20, 60, len(visit)), clock.end)
    if len(when):
        when[-1] = max(int(when[-1]), clock.end - 3600)
    holders = np.unique(who[is_after_login])
    place = np.full(len(traits.has_number), -1)
    place[holders] = np.arange(len(holders))
    blocks = Blocks(
        company.society,
        holders,
        traits.registered_at[holders],
        company.account_typing.take(holders).as_copy(),
    )
    email = blocks.email
    cookies = choose(is_stranger, cookie(person + len(place) * 2, device), cookie(person, device))
    source = rng.integers(0, len(_SOURCES), len(person))
    begins, days = company.campaigns.start, company.campaigns.days
    running = np.searchsorted(begins, at, side="right") - 1
    in_campaign = (
        (running >= 0) & (at < begins[running] + days[running] * 86_400) & lands & (rng.random(len(at)) < 0.5)
    )
    campaign = np.where(in_campaign, running, -1)
    for label, rows, day in cut(clock, when, 1, by_year=True):
        mine, seen = visit[rows], is_after_login[rows]
        block = np.where(seen, place[who[rows]], -1)
        pages = choose(
            has_product[rows],
            join("/p/", pick(catalogue.sku, product[rows])),
            pick(words(["/", "/sale", "/garden", "/stores"]), rows % 4),
        )
        table = pa.table({
            "event_id": join("V", number(rows + 1, 10)), "event_time": moment(when[rows], "%Y-%m-%d %H:%M:%S"),
            "event_name": pick(words(list(EVENTS)), kind[rows]), "session": join("s", number(mine + 1)),
            "cookie": cookies.take(pa.array(mine)), "customer_no": keep(seen, customer_number(traits.number[who[rows]])),
            "email": keep(seen, email.take(pa.array(np.maximum(place[who[rows]], 0)))),
            "page": join("https://stamgast-demo.example", pages),
            "referrer": keep(kind[rows] == LANDING, pick(words(list(_REFERRERS)), mine % 4)),
            "utm_source": keep(kind[rows] == LANDING, pick(words(list(_SOURCES)), source[mine])),
            "utm_campaign": keep(kind[rows] == LANDING, pick(words(company.campaigns.code), campaign[mine])),
            "sku": keep(has_product[rows], pick(catalogue.sku, product[rows])),
            "user_agent": pick(words(["Firefox", "Chrome", "Safari"]), mine % 3),
        })  # fmt: skip
        stranger = is_stranger[mine]
        yield Delivery(
            "web_events", f"events_{label}.parquet", table, np.where(stranger, NOBODY, who[rows]),
            np.full(len(rows), NOBODY), block, blocks=blocks, day=day,
        )  # fmt: skip
