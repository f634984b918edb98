"""The feeds without people: products, campaigns, exchange rates."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from pipelines.simulator.business import month_ends
from pipelines.simulator.columns import Text, date_text, join, money, number, pick, words
from pipelines.simulator.company import Company
from pipelines.simulator.deliveries import NOBODY, Delivery, split_by_file
from pipelines.simulator.world import DAY

_RATES = {"SEK": 11.4, "CNY": 7.8, "GBP": 0.86}


def _nobody(feed: str, file: str, columns: dict[str, Text], day: date | None = None) -> Delivery:
    table = pa.table(columns)
    nobody = np.full(table.num_rows, NOBODY)
    return Delivery(feed, file, table, nobody, nobody, nobody, day=day)


def products(company: Company) -> Iterator[Delivery]:
    """The catalogue a month ago and now; three products are new, prices of one in twenty changed."""
    catalogue = company.catalogue
    for turn, (end, day) in enumerate(month_ends(company.clock, 2)):
        rows = np.arange(catalogue.size if turn else catalogue.size - 3)
        cents = np.where((rows % 20 == 0) & (turn == 0), catalogue.cents[rows] - 10, catalogue.cents[rows])
        yield _nobody("products", f"products_{end:%Y%m%d}.csv", {
            "sku": pick(catalogue.sku, rows), "name": pick(words(catalogue.name), rows), "brand": pick(words(catalogue.brand), rows),
            "department": pick(words(catalogue.department_names), catalogue.department[rows]), "category": pick(words(catalogue.category), rows),
            "type": pick(words(catalogue.product_type), rows), "price": money(cents), "weight_g": number(100 + rows * 37 % 4000),
        }, day)  # fmt: skip


def campaigns(company: Company) -> Iterator[Delivery]:
    """The whole plan, once."""
    plan = company.campaigns
    first, last = plan.start // DAY, plan.start // DAY + plan.days
    yield _nobody("campaigns", f"campaigns_{company.clock.as_of:%Y%m%d}.csv", {
        "code": words(plan.code), "name": words(plan.name), "type": words(plan.kind), "channel": words(plan.channel), "purpose": words(plan.purpose),
        "from": date_text(first, "%d-%m-%Y"), "until": date_text(last, "%d-%m-%Y"), "budget": money(plan.budget * 100, ","),
    })  # fmt: skip


def exchange_rates(company: Company) -> Iterator[Delivery]:
    """A rate for each day of the period, from a month before it, weekends included; a slow random walk."""
    rng, clock = company.dice.of("exchange_rates"), company.clock
    days = np.arange(clock.start // DAY - 31, clock.end // DAY + 1)
    dates, codes, rates = [], [], []
    for code, middle in _RATES.items():
        walk = np.cumsum(rng.normal(0, 0.0025, len(days)))
        level = np.round(middle * np.exp(walk - walk.mean()) * 10_000).astype(np.int64)
        dates.append(date_text(days))
        codes.append(words([code] * len(days)))
        rates.append(join(number(level // 10_000), ".", number(level % 10_000, 4)))
    columns = {
        "date": pa.concat_arrays(dates),
        "currency": pa.concat_arrays(codes),
        "rate": pa.concat_arrays(rates),
    }
    order = np.argsort(np.tile(days, len(_RATES)), kind="stable")
    for label, rows, day in split_by_file(clock, np.tile(days, len(_RATES))[order] * DAY, 0, by_year=False):
        taken = {name: column.take(pa.array(order[rows])) for name, column in columns.items()}
        yield _nobody("exchange_rates", f"rates_{label}.csv", taken, day)
