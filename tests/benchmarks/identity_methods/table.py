"""Prints the lines of one set as a table."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.benchmarks.identity_methods.goals import Goal
from tests.benchmarks.identity_methods.methods import Line

_HEADER = ("method", "precision", "recall", "F1", "B³ P", "B³ R", "B³ F1", "F1 named", "CPU s", "GiB")


def _cells(line: Line) -> list[str]:
    pairs, b_cubed = line.figures.pairs, line.figures.b_cubed
    shares = (
        pairs.precision, pairs.recall, pairs.f1, b_cubed.precision, b_cubed.recall, b_cubed.f1, line.named.pairs.f1,
    )  # fmt: skip
    return [
        line.method,
        *(f"{share:.4f}" for share in shares),
        *((f"{line.cost.cpu:.1f}", f"{line.cost.gibibytes:.2f}") if line.cost else ("", "")),
    ]


def print_lines(console: Console, title: str, lines: Sequence[Line]) -> None:
    """The table of one set, what blocking allows, and the pairs of people who are easily mistaken for each other."""
    table = Table(
        *_HEADER,
        title=f"{title}: {lines[0].judged:,} of {lines[0].profiles:,} profiles judged",
        title_justify="left",
    )
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    for line in lines:
        table.add_row(*_cells(line))
    console.print(table)
    for line in lines:
        if line.blocking:
            console.print(
                f"blocking: {line.blocking.recall:.4f} of the true pairs are candidates, {line.blocking.closed_recall:.4f} "
                f"when closed; {line.blocking.pairs_per_profile:.1f} pairs scored per profile"
            )
    names = sorted({name for line in lines for name in line.figures.groups})
    if names:
        apart = Table("precision / recall of pairs with", *names, title_justify="left")
        for line in lines:
            groups = line.figures.groups
            apart.add_row(
                line.method, *(f"{groups[name].precision:.3f} / {groups[name].recall:.3f}" for name in names)
            )
        console.print(apart)


def print_goals(console: Console, goals: Sequence[tuple[str, Goal]]) -> None:
    """Every goal of every set, and whether it is met."""
    table = Table("set", "figure", "reached", "goal", "met", title="goals", title_justify="left")
    for name, goal in goals:
        table.add_row(
            name,
            goal.text,
            f"{goal.reached:.4f}",
            f"{'<=' if goal.is_most else '>='} {goal.bound:.4f}",
            "yes" if goal.is_met else "NO",
        )
    console.print(table)
