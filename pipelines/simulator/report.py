"""Writes the README of a simulation: what was planted, at what rate, and what was measured."""

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipelines.simulator import (
    campaigns,
    companies,
    deliveries,
    households,
    noise,
    orders,
    people,
    permissions,
)
from pipelines.simulator.company import Company
from pipelines.simulator.faults import Fault
from pipelines.simulator.households import TYPES
from pipelines.simulator.truth import RowTruth

if TYPE_CHECKING:
    import altair as alt

_WIDTH, _HEIGHT = 560, 180
_MANY_BLOCKS = 12
_SALES = ("shop_orders", "till_sales", "sweden_orders", "china_orders")


@dataclass(frozen=True)
class Rate:
    """A planted share: its name, the rate asked for (None: it follows from other causes), the rate measured."""

    name: str
    asked: float | None
    measured: float


def _share(mask: np.ndarray) -> float:
    return float(np.mean(mask)) if len(mask) else 0.0


def measured_rates(company: Company, truth: RowTruth) -> dict[str, list[Rate]]:
    """All planted shares by subject, measured on the company and on the rows and blocks that were written."""
    homes, persons, traits, plan = (
        company.society.homes,
        company.society.people,
        company.traits,
        company.campaigns,
    )
    sizes = np.bincount(persons.household, minlength=len(homes.kind))
    several, end = sizes > 1, company.clock.end
    mail_sharers, phone_sharers = (
        np.bincount(persons.household[uses], minlength=len(homes.kind))
        for uses in (persons.uses_shared_email, persons.uses_shared_phone)
    )
    subscribers = traits.is_subscriber
    granted = company.permissions.action == permissions.GRANT
    blocks, typed = max(truth.block_count, 1), truth.blocks_per_person
    return {
        "Households": [
            Rate("people who live with others", None, _share(several[persons.household])),
            Rate("households of several of whom two or more share an e-mail", households.SHARED_EMAIL, _share(mail_sharers[several] > 1)),
            Rate("households of several of whom two or more share a telephone", households.SHARED_PHONE, _share(phone_sharers[several] > 1)),
            Rate("households that move", households.MOVES, _share(homes.moved_at <= end)),
            *(Rate(f"households: {name}", share / sum(each for each, _ in TYPES.values()), _share(homes.kind == place))
              for place, (name, (share, _)) in enumerate(TYPES.items())),
        ],
        "People": [
            Rate("change of e-mail", people.EMAIL_CHANGES, _share(persons.email_changed_at <= end)),
            Rate("change of telephone", people.PHONE_CHANGES, _share(persons.phone_changed_at <= end)),
            Rate("marriage with change of name", None, _share(persons.married_at <= end)),
            Rate("a company's contact", None, len(company.society.contacts.person) / persons.size),
            Rate("buyers", None, _share(traits.is_buyer)), Rate("customer number", None, _share(traits.has_number)),
            Rate("newsletter", None, _share(subscribers)),
        ],
        "Contacts of companies": [
            Rate("change of employer", companies.CHANGES_JOB, _share(company.society.contacts.changed_at <= end)),
            *(Rate(f"contact blocks that name an employer of before: {feed}", None, truth.former_employers[feed] / max(truth.at_work[feed], 1))
              for feed in ("sales_visits", "crm_contacts", "business_list")),
        ],
        "People by contact blocks typed by hand": [
            Rate("none: named in no file", None, _share(typed == 0)),
            Rate("one", None, _share(typed == 1)), Rate("two to seven", None, _share((typed > 1) & (typed < 8))),
            Rate("eight and more", None, _share(typed > 7)),
        ],
        "Contact blocks": [Rate(name, rate, truth.mishaps[name] / blocks) for name, rate in noise.RATES.items()],
        "Broken rows among sales": [
            Rate(name, rate, sum(truth.faults[feed, name] for feed in _SALES) / max(sum(truth.rows[feed] for feed in _SALES), 1))
            for name, rate in deliveries.FAULTS.items()
        ],
        "Behaviour": [
            Rate("picked for a campaign but held out", campaigns.HELD_OUT, _share(plan.is_held_out)),
            Rate("uplift of the contacted, mean", None, float(plan.uplift[~plan.is_held_out].mean())),
            Rate("orders that only a campaign brought", None, _share(company.orders.campaign >= 0)),
            Rate("lines that come back", orders.RETURNED, truth.rows["returns"] / max(len(company.orders.product), 1)),
            Rate("acts of permission that grant", None, _share(granted)),
            Rate("people who object to all marketing", permissions.OBJECTS, len(company.permissions.objectors) / persons.size),
        ],
    }  # fmt: skip


def _bars(title: str, unit: str, labels: Sequence[str], values: np.ndarray) -> str:
    """A bar chart as SVG, a bar per label in the order given."""
    import altair as alt  # takes 1 s, so only when simulating

    data = alt.Data(
        values=[{"label": label, "value": int(value)} for label, value in zip(labels, values, strict=True)]
    )
    chart = (
        alt.Chart(data, title=title, width=_WIDTH, height=_HEIGHT, background="white")
        .mark_bar(color="#4a7a5c")
        .encode(
            alt.X("label:N", sort=None, title=None, axis=alt.Axis(labelOverlap=True, labelAngle=0)),
            alt.Y("value:Q", title=unit),
        )
    )
    return _as_svg(chart)


def _asked_and_measured(rates: Sequence[Rate]) -> str:
    """The shares that were asked for as lines, those measured as bars, as SVG."""
    import altair as alt

    data = alt.Data(
        values=[
            {"name": rate.name.replace("_", " "), "asked": rate.asked, "measured": rate.measured}
            for rate in rates
        ]
    )
    base = alt.Chart(data, width=_WIDTH)
    place = alt.Y("name:N", sort=None, title=None)
    bars = base.mark_bar(color="#4a7a5c").encode(
        alt.X("measured:Q", title="share of the contact blocks"), place
    )
    lines = base.mark_tick(color="black", thickness=2).encode(alt.X("asked:Q"), place)
    title = "Mishaps of typing: bars measured, lines asked for"
    return _as_svg(alt.layer(bars, lines, title=title, background="white"))


def _as_svg(chart: "alt.TopLevelMixin") -> str:
    svg = io.StringIO()
    chart.save(svg, format="svg")
    return svg.getvalue() + "\n"


def _how_to_land(company: Company) -> list[str]:
    """What to do with the later days, if there are any."""
    if not company.clock.days:
        return []
    return [
        f"`days/` holds the deliveries of each day after {company.clock.as_of} (so many: {company.clock.days}), which rows and shares",
        "below include. Land them one after the other: copy `days/<date>/files` into `sources`, then run as of that date:", "",
        "```sh",
        "cp -r days/<date>/files sources/ && stamgast run --sources sources --warehouse warehouse --as-of <date>",
        "```", "",
    ]  # fmt: skip


def write_report(
    company: Company, truth: RowTruth, planted: list[tuple[Fault, str]], folder: Path, readme: Path
) -> None:
    """Writes the README to `readme` and its plots into `folder`."""
    month = (company.orders.at // 86_400).astype("datetime64[D]").astype("datetime64[M]")
    months, counts = np.unique(month, return_counts=True)
    per_person = np.bincount(np.minimum(truth.blocks_per_person, _MANY_BLOCKS), minlength=_MANY_BLOCKS + 1)
    numbers = [*(str(number) for number in range(_MANY_BLOCKS)), f"{_MANY_BLOCKS} and more"]
    rates_by_subject = measured_rates(company, truth)
    plots = {
        "orders_by_month.svg": _bars("Orders by month", "orders", [str(each)[2:] for each in months], counts),
        "blocks_by_person.svg": _bars(
            "People by number of contact blocks typed by hand", "people", numbers, per_person
        ),
        "mishaps_of_typing.svg": _asked_and_measured(rates_by_subject["Contact blocks"]),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, svg in plots.items():
        (folder / name).write_text(svg, encoding="utf-8")
    lines = [
        "# A simulated company", "",
        f"{company.society.people.size:,} people, {company.society.companies.size:,} companies, {sum(truth.rows.values()):,} rows, "
        f"as of {company.clock.as_of}, seed {company.dice.seed}. Made by `stamgast simulate`; nobody in it exists.", "",
        "`sources/` is what the pipeline may read: contracts and files. The truth is kept apart and never read by it:",
        "`rows/<feed>.parquet` (file and row number -> person, company, contact block, planted fault of the row and of its file), `contact_blocks/<feed>.parquet`",
        "(which mishaps of typing a block has, whether it names an employer of before), and one file each for people, households, companies, employments, traits (the causes),",
        "campaigns, campaign_contacts (who was held out, what each contact really changed), permissions, orders and products.", "",
        f"Contact blocks typed by hand: {truth.blocks_per_person.mean():.1f} a person over all feeds; with the copies that orders,",
        f"tickets and permissions make of an account, and forms of what was typed before, {truth.block_count / company.society.people.size:.1f}.", "",
        "A measured share strays from the one asked for by chance: of n people or households twice in three at most by the root of",
        "p (1 - p) / n, so by three points where 40 % was asked of 270 households.", "",
        *_how_to_land(company),
    ]  # fmt: skip
    for subject, rates in rates_by_subject.items():
        lines += [f"## {subject}", "", "| share | asked for | measured |", "|---|---|---|"]
        lines += [
            f"| {rate.name.replace('_', ' ')} | {'' if rate.asked is None else f'{rate.asked:.2%}'} | {rate.measured:.2%} |"
            for rate in rates
        ]
        lines.append("")
    lines += [
        "## Rows",
        "",
        "| feed | rows |",
        "|---|---|",
        *(f"| {feed} | {rows:,} |" for feed, rows in truth.rows.items()),
        "",
    ]
    if planted:
        lines += [
            "## Faults planted on request",
            "",
            *(f"- {fault.name}: {fault.feed}/{file}. {fault.description}" for fault, file in planted),
            "",
        ]
    lines += [f"![{name}]({os.path.relpath(folder / name, readme.parent)})" for name in plots]
    readme.write_text("\n".join(lines) + "\n", encoding="utf-8")
