"""From readings to the tables that are printed, and to the targets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rich.table import Table

from tests.benchmarks.pipeline_methods.metered_run import ARRIVAL, STARTING, Run
from tests.benchmarks.pipeline_methods.metering import Reading

IDENTITY = ("identity", "identity_history")
# CPU of the full load beside the floor; of the next day beside the full load; of a million people beside a tenth of it.
LANDING_TIMES, ALL_BUT_IDENTITY_TIMES, ALL_TIMES, GIBIBYTES = 2.5, 4.5, 8.0, 8.0
NEXT_DAY_SHARE, NOTHING_NEW_SECONDS, GROWTH_TIMES = 0.30, 12.0, 11.0


@dataclass(frozen=True)
class Company:
    """What was measured of one company."""

    people: int
    floor: list[Reading]
    runs: dict[str, Run]


def total(name: str, readings: Sequence[Reading]) -> Reading:
    """Readings as one: sums, and the highest peak."""
    return Reading(
        name,
        sum(one.cpu for one in readings),
        sum(one.wall for one in readings),
        max((one.gibibytes for one in readings), default=0.0),
        sum(one.rows for one in readings),
    )


def landing(run: Run) -> Reading:
    """Everything between a file and a committed load but the rules."""
    return total("landing", [one for one in run.readings if one.step.startswith("raw__")])


def by_step(run: Run) -> list[Reading]:
    """The steps of a run in their order: landing as one, dbt before and after identity."""
    rest = [one for one in run.readings if not one.step.startswith("raw__")]
    names = [one.step for one in rest]
    place = names.index("identity") if "identity" in names else len(rest)
    before = [one for one in rest[:place] if one.step.startswith("dbt_models")]
    after = [one for one in rest[place:] if one.step.startswith("dbt_models")]
    others = [one for one in rest if not one.step.startswith("dbt_models")]
    order = {STARTING: 0, ARRIVAL: 2, "index": 3, "identity": 5}
    steps = [
        (1, landing(run)),
        (4, total("dbt: staging, intermediate", before)),
        (6, total("dbt: core, marts, segments", after)),
        *((order.get(one.step, 7), one) for one in others),
    ]
    return [one for _, one in sorted(steps, key=lambda step: step[0]) if one.wall]


def _row(table: Table, one: Reading, floor: Reading | None, name: str | None = None) -> None:
    table.add_row(
        name or one.step,
        f"{one.cpu:,.1f}",
        f"{one.wall:,.1f}",
        f"{one.gibibytes:.2f}",
        f"{one.rows:,}" if one.rows else "",
        f"{one.rows / one.cpu:,.0f}" if one.rows and one.cpu else "",
        f"{one.cpu / floor.cpu:.2f}" if floor and floor.cpu else "",
    )


def _table(title: str) -> Table:
    table = Table("step", "CPU s", "wall s", "GiB", "rows", "rows per CPU s", "of the floor", title=title)
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    return table


def landing_table(company: Company) -> Table:
    """Landing by feed, each beside its floor."""
    table = _table(f"{company.people:,} people: landing by feed, rules apart")
    floors = {one.step: one for one in company.floor}
    landed = [one for one in company.runs["full load"].readings if one.step.startswith("raw__")]
    for one in sorted(landed, key=lambda one: -one.cpu):
        kind, feed = one.step.removeprefix("raw__").split("__", 1)
        _row(table, one, floors.get(f"{kind}/{feed}"), f"{kind}/{feed}")
    table.add_section()
    _row(table, landing(company.runs["full load"]), total("floor", company.floor))
    _row(table, total("floor", company.floor), None)
    return table


def steps_table(company: Company, name: str) -> Table:
    """The steps of one run beside the floor of the whole company."""
    run, floor = company.runs[name], total("floor", company.floor)
    table = _table(f"{company.people:,} people: {name} ({run.rows:,} rows)")
    for one in by_step(run):
        _row(table, one, floor)
    table.add_section()
    apart = [one for one in run.readings if one.step not in IDENTITY]
    # The rules read the rows that landing reads: summed, they would count twice.
    _row(table, replace(total("all but identity", apart), rows=run.rows), floor)
    _row(table, replace(total("all", run.readings), rows=run.rows), floor)
    return table


def _cpu(company: Company, name: str) -> float:
    return total(name, company.runs[name].readings).cpu


def targets(companies: Sequence[Company]) -> list[tuple[str, float, float]]:
    """Each target: what it is about, what was measured, what it may be."""
    found = []
    for company in companies:
        full, floor = company.runs["full load"], total("floor", company.floor).cpu
        apart = [one for one in full.readings if one.step not in IDENTITY]
        size = f"{company.people:,} people: "
        found += [
            (size + "landing, times the floor", landing(full).cpu / floor, LANDING_TIMES),
            (
                size + "all but identity, times the floor",
                total("", apart).cpu / floor,
                ALL_BUT_IDENTITY_TIMES,
            ),
            (size + "all, times the floor", _cpu(company, "full load") / floor, ALL_TIMES),
            (size + "peak memory, GiB", total("", full.readings).gibibytes, GIBIBYTES),
        ]
        if "next day" in company.runs:
            found += [
                (
                    size + "next day, share of the full load's CPU",
                    _cpu(company, "next day") / _cpu(company, "full load"),
                    NEXT_DAY_SHARE,
                ),
                (
                    size + "nothing new, wall seconds",
                    total("", company.runs["nothing new"].readings).wall,
                    NOTHING_NEW_SECONDS,
                ),
            ]
    for small, large in pairwise(companies):
        if large.people == 10 * small.people:
            empty = _cpu(small, "empty")
            found.append(
                (
                    f"{small.people:,} to {large.people:,} people, an empty run subtracted, times the CPU",
                    (_cpu(large, "full load") - empty) / (_cpu(small, "full load") - empty),
                    GROWTH_TIMES,
                )
            )
    return found
