"""What `stamgast identity review` shows and does."""

import sys
from datetime import date
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.prompt import Prompt
from rich.table import Column, Table

from pipelines.cli.counting import counted
from pipelines.cli.options import tell
from pipelines.errors import StamgastError
from pipelines.identity.decisions.overrides import (
    Subject,
    overrides_file,
    read_expired,
)
from pipelines.serving import review
from pipelines.serving.evidence_words import REASONS, contradictions_in_words
from pipelines.serving.review import (
    SUBJECTS,
    Item,
    Kind,
    Question,
    count_items,
    decided_questions,
    find_item,
    question_of,
    read_queue,
    read_records,
    standing_decisions,
)
from pipelines.settings import Settings

_ONE: dict[Subject, str] = {"person": "one person", "company": "one company"}
_TWO: dict[Subject, str] = {"person": "two people", "company": "two companies"}
_RECORDS_SHOWN = 40
_RECORD_WIDTH = 26  # of a terminal, for each record beside the names of the fields


def show_queue(settings: Settings, kind: Kind | None, limit: int, console: Console) -> None:
    """The items of highest rank, then which decisions wait for a run or have expired."""
    standing = standing_decisions(settings)
    items = read_queue(settings.places, kind, decided_questions(standing), limit)
    table = Table(
        Column("item", no_wrap=True),
        # One column, since a narrow terminal has no room for two whose names it need not break.
        Column("who, and why", overflow="fold"),
        Column("chance", justify="right", no_wrap=True),
        Column("revenue at most", justify="right", no_wrap=True),
        Column("conflicts", justify="right", no_wrap=True),
        box=SIMPLE_HEAD,
    )
    for item in items:
        table.add_row(
            item.item,
            f"{_who(item)}: {_why(item)}",
            f"{item.change_probability:.0%}",
            f"{item.revenue_moved:,.2f} {item.currency}",
            str(item.permission_conflict_count or ""),
        )
    if items:
        counts = count_items(settings.places)
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in counts.items())
        console.print(table)
        tell(
            console,
            f"{len(items)} of {sum(counts.values()):,} items ({kinds}), first what contradicts, then what is expected to change most.",
        )
        tell(
            console,
            "Look closer: stamgast identity review show ITEM. Decide: accept ITEM (one), reject ITEM (two), "
            "or one after the other: decide",
        )
    else:
        console.print("Nothing to decide.")
    if made := sum(map(len, standing.values())):
        tell(
            console,
            f"{counted(made, 'decision counts', 'decisions count')} on {settings.as_of}; what was decided since the last run waits for the next.",
        )
    for subject in SUBJECTS:
        path = overrides_file(settings.sources, subject)
        for one in read_expired(path, settings.as_of):
            console.print(
                f"[yellow]expired[/] {escape(str(path))}, line {one.line}: {one.decision} {one.left_profile_id}-"
                f"{one.right_profile_id} has had no effect since {one.expires_on}; decide again or remove the line"
            )


def _who(item: Item) -> str:
    if item.kind == "cluster":
        return f"{escape(item.left_name)} [dim]({item.profile_count} records)[/]"
    return f"{escape(item.left_name)} [dim]and[/] {escape(item.right_name)}"


def _why(item: Item) -> str:
    contradictions = f": {contradictions_in_words(item.contradictions)}" if item.contradictions else ""
    return f"{REASONS[item.reason]}{contradictions}"


def _asked(item: Item) -> str:
    """The question: what contradicts is likelier two people than a mistake in one of the records."""
    left, right = item.question.pair
    if item.contradictions:
        held = contradictions_in_words(item.contradictions)
        return f"Are {left} and {right} two people (different), or one with a mistake in a record (same)? They hold {held}."
    return f"Are {left} and {right} of {_ONE[item.question.subject]}?"


def show_item(settings: Settings, name: str, console: Console) -> None:
    """The records of the people or companies that an item, or any two records, are about.

    Raises StamgastError: no such item or record.
    """
    question = question_of(name)
    item = find_item(settings.places, name)
    if item is not None:
        tell(console, _headline(item))
    _print_records(settings, question, console)
    if item is not None and item.contradictions:
        tell(
            console,
            f"{_asked(item)} Two: stamgast identity review reject {item.item}. One: accept {item.item}. Then: stamgast run",
        )


def _headline(item: Item) -> str:
    said = f"[bold]{item.item}[/] {_who(item)}: {_why(item)}; at most {item.revenue_moved:,.2f} {item.currency} would move"
    if item.permission_conflict_count:
        said += f"; permissions in conflict: {item.permission_conflict_count}"
    return said


def _print_records(settings: Settings, question: Question, console: Console) -> None:
    """The records side by side, as many as fit. No score: whoever decides judges the records."""
    records, left_out = read_records(settings.places, question, _RECORDS_SHOWN)
    fields = {
        question.subject: "part_of", "feed": "feed", "given name": "given_name", "family name": "family_name",
        "born": "birth_date", "e-mail": "email", "phone": "phone", "address": "address", "number": "customer_number",
        "company": "company_name", "legal number": "legal_number",
    }  # fmt: skip
    fitting = max(console.width // _RECORD_WIDTH - 1, 1)
    for first in range(0, len(records), fitting):
        some = records[first : first + fitting]
        table = Table("record", box=SIMPLE_HEAD)
        for record in some:
            style = "bold" if record.profile_id in question.pair else ""
            table.add_column(str(record.profile_id), overflow="fold", style=style)
        for label, field in fields.items():
            values = [getattr(record, field) for record in some]
            table.add_row(label, *(escape(str(value)) if value is not None else "" for value in values))
        console.print(table)
    if left_out:
        console.print(counted(left_out, "more record"))


def decide(
    settings: Settings,
    name: str,
    is_same: bool,
    author: str,
    reason: str,
    expires: date | None,
    console: Console,
) -> None:
    """Writes the decision and says what comes next.

    Raises StamgastError: no such item, or a decision that cannot stand.
    """
    question = question_of(name)
    added = review.decide(settings, question, is_same, author, reason, expires)
    words = _ONE if is_same else _TWO
    console.print(
        f"{escape(str(overrides_file(settings.sources, question.subject)))}, line {added.line}: records "
        f"{question.left_profile_id} and {question.right_profile_id} are of {words[question.subject]}"
        f"{f' until {expires}' if expires else ''}; the next run applies it. What it changes: stamgast identity preview"
    )


def ask(
    settings: Settings,
    author: str | None,
    kind: Kind | None,
    console: Console,
    answers: TextIO | None = None,
) -> None:
    """Shows one item after the other and asks for a decision, until there are none left or somebody quits.

    `answers` are read in place of the terminal's.
    Raises StamgastError: there is no terminal to ask; as `decide`.
    """
    if answers is None and not sys.stdin.isatty():
        raise StamgastError(
            "there is no terminal to ask; use: stamgast identity review accept ITEM, or reject"
        )
    standing = standing_decisions(settings)
    items = read_queue(settings.places, kind, decided_questions(standing))
    author = author or Prompt.ask("Your name", console=console, stream=answers)
    written = 0
    for item in items:
        question = item.question
        tell(console, _headline(item))
        _print_records(settings, question, console)
        answer = Prompt.ask(
            _asked(item),
            console=console,
            choices=["same", "different", "skip", "quit"],
            default="skip",
            stream=answers,
        )
        if answer == "quit":
            break
        if answer != "skip":
            reason = Prompt.ask("Why", console=console, stream=answers)
            try:
                review.decide(settings, question, answer == "same", author, reason, None)
                written += 1
            except StamgastError as error:
                console.print(f"[bold red]not written[/] {escape(str(error))}")
    console.print(
        f"{counted(written, 'decision')} written; the next run applies what was decided. What it changes: stamgast identity preview"
    )
