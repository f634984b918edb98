"""What `stamgast person why` prints."""

from rich.console import Console
from rich.markup import escape

from pipelines.cli.counting import counted
from pipelines.cli.options import tell
from pipelines.publishing.versions import opened
from pipelines.serving.golden_reasons import Candidate, read_reasons, restated_rate
from pipelines.settings import Settings


def show_reasons(settings: Settings, asked: int, field: str, console: Console) -> None:
    """Every value of a field that was stated for the person behind an id, the golden one first, each with its reason.

    Raises StamgastError: nothing is published, the id leads to nobody, there is no such field.
    """
    with opened(settings.places) as (connection, version):
        person_id, candidates = read_reasons(connection, settings.places, asked, field)
        rate = restated_rate(connection, candidates[0].attribute) if candidates else None
    console.print(f"[bold]Person {person_id}, {escape(field)}[/]  [dim]version {version.name}[/]\n")
    if not candidates:
        console.print("Nobody ever stated it, or only sources that may no longer be used.")
        return
    widest = max(len(candidate.value) for candidate in candidates)
    for candidate in candidates:
        _say(candidate, widest, console)
    golden = candidates[0]
    if golden.verify_by:
        console.print(f"\nAsk again by {golden.verify_by}.")
    if rate:
        tell(
            console,
            f"While it holds, it is stated {rate:.1f} times a year: the longer nobody does, the likelier it has changed.",
        )


def _say(candidate: Candidate, widest: int, console: Console) -> None:
    """Two lines, since no terminal is wide enough for one: the value, and below it when and by how many it was stated, and where it is seen."""
    mark = "[bold]golden[/]" if candidate.is_golden else "lost  "
    value = escape(candidate.value) + " " * (widest - len(candidate.value))
    tell(
        console, f"{mark}  {value}  {candidate.right_probability:>4.0%} right  {escape(candidate.reason)}", 8
    )
    stated = f"stated {candidate.first_stated_date}"
    if candidate.last_stated_date != candidate.first_stated_date:
        stated += f" to {candidate.last_stated_date}"
    stated += (
        f" by {counted(candidate.source_count, 'source')} in {counted(candidate.profile_count, 'record')}"
    )
    if candidate.last_used_date:
        stated += f", used {candidate.last_used_date}"
    shown = f"record {candidate.profile_id} of {escape(candidate.feed)}"
    if candidate.profile_count > 1:
        shown = f"best shown by {shown}"
    tell(console, f"        [dim]{stated}; {shown}; {counted(candidate.score, 'point')}[/]", 8)
