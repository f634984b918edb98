"""What `stamgast person why` prints."""

from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.golden_reasons import Candidate, read_reasons
from pipelines.publishing import opened
from pipelines.settings import Settings


def show_reasons(settings: Settings, asked: int, field: str, console: Console) -> None:
    """Every value of a field that was stated for the person behind an id, the golden one first, each with its reason.

    Raises StamgastError: nothing is published, the id leads to nobody, there is no such field.
    """
    with opened(settings.places) as (connection, version):
        person_id, candidates = read_reasons(connection, asked, field)
    console.print(f"[bold]Person {person_id}, {escape(field)}[/]  [dim]version {version.name}[/]\n")
    if not candidates:
        console.print("Nobody ever stated it, or only sources that may no longer be used.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "value", "right", "stated", "by", "sources", "points", "why"):
        justify: Literal["right", "left"] = "right" if heading in ("right", "sources", "points") else "left"
        table.add_column(heading, justify=justify, overflow="fold")
    for candidate in candidates:
        table.add_row(*_cells(candidate))
    console.print(table)
    golden = candidates[0]
    if golden.verify_by:
        console.print(f"\nAsk again by {golden.verify_by}.")


def _cells(candidate: Candidate) -> list[str]:
    stated = f"{candidate.first_stated_date} to {candidate.last_stated_date}"
    if candidate.last_used_date:
        stated += f", used {candidate.last_used_date}"
    return [
        "[bold]golden[/]" if candidate.is_golden else "",
        escape(candidate.value),
        f"{candidate.right_probability:.0%}",
        stated,
        escape(f"{candidate.feed} (record {candidate.profile_id})"),
        str(candidate.source_count),
        str(candidate.score),
        escape(candidate.reason),
    ]
