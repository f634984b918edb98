"""What `stamgast identity review` shows and does."""

import sys
from datetime import date
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.prompt import Prompt
from rich.table import Column, Table

from pipelines.errors import StamgastError
from pipelines.identity.deciding import Decision, add_override
from pipelines.identity.overrides import Override, overrides_file, read_expired, read_overrides
from pipelines.identity.review import (
    Item,
    Kind,
    Pair,
    Record,
    count_items,
    find_item,
    pair_of,
    read_queue,
    read_records,
)
from pipelines.landing.loads import next_profile_id, read_loads
from pipelines.locking import locked
from pipelines.settings import Settings

_WHY = {
    "veto": "linked, but they contradict each other",
    "thin_evidence": "linked, but by too little",
    "same_name_and_email": "same full name and e-mail address",
    "below_threshold": "nearly alike enough",
    "many_given_names": "more than three given names",
    "many_family_names": "more than three family names",
    "largest_cluster": "among the largest",
    "ambiguous_company": "fits several companies",
}
RECORDS_SHOWN = 40


def show_queue(settings: Settings, kind: Kind | None, limit: int, console: Console) -> None:
    """The items of highest rank, then which decisions wait for a run or have expired."""
    decided = _decided(settings)
    items = read_queue(settings.places, kind, decided, limit)
    table = Table(
        Column("item", no_wrap=True),
        Column("who", overflow="fold"),
        "why",
        Column("weight", justify="right"),
        Column("revenue moved", justify="right", no_wrap=True),
        Column("permissions in conflict", justify="right"),
        box=SIMPLE_HEAD,
    )
    for item in items:
        table.add_row(
            item.item,
            _who(item),
            _WHY[item.reason],
            "" if item.weight is None else f"{item.weight:+.1f}",
            f"{item.revenue_moved:,.2f} {item.currency}",
            str(item.permission_conflict_count or ""),
        )
    counts = count_items(settings.places)
    if items:
        console.print(table)
        console.print(
            f"{len(items)} of {sum(counts.values()):,} items ({', '.join(f'{kind} {count:,}' for kind, count in counts.items())}), "
            "first those whose decision changes most. Weight: bits for one person, below 0 against."
        )
        console.print(
            "Look closer: stamgast identity review show ITEM. Decide: accept ITEM (one person), reject ITEM (two), "
            "or one after the other: decide"
        )
    else:
        console.print("Nothing to decide.")
    _say_decisions(settings, console)


def _say_decisions(settings: Settings, console: Console) -> None:
    path = overrides_file(settings.sources)
    if not path.exists():
        return
    standing = read_overrides(path, settings.as_of)
    console.print(
        f"{len(standing)} decisions count on {settings.as_of}; those made since the last run wait for the next."
    )
    for one in read_expired(path, settings.as_of):
        console.print(
            f"[yellow]expired[/] {escape(str(path))}, line {one.line}: {one.decision} {one.pair[0]}-{one.pair[1]} has had "
            f"no effect since {one.expires_on}; decide again or remove the line"
        )


def _who(item: Item) -> str:
    match item.kind:
        case "pair":
            return f"{escape(item.left_name)} [dim]and[/] {escape(item.right_name)}"
        case "cluster":
            return f"{escape(item.left_name)} [dim]({item.profile_count} records)[/]"
        case "account":
            return f"{escape(item.left_name)} [dim]may be[/] {escape(item.right_name)}"


def _decided(settings: Settings) -> set[Pair]:
    return {one.pair for one in read_overrides(overrides_file(settings.sources), settings.as_of)}


def show_item(settings: Settings, name: str, console: Console) -> None:
    """The records of the people that an item, or any pair of profiles, is about.

    Raises StamgastError: no such item or profile.
    """
    item = find_item(settings.places, name)
    if item is not None:
        console.print(_headline(item))
    pair = (item.left_profile_id,) if item is not None and item.pair is None else pair_of(name)
    console.print(_records(read_records(settings.places, pair), pair))


def _headline(item: Item) -> str:
    said = f"[bold]{item.item}[/] {_who(item)}: {_WHY[item.reason]}; {item.revenue_moved:,.2f} {item.currency} would move"
    if item.permission_conflict_count:
        said += f"; permissions in conflict: {item.permission_conflict_count}"
    return said


def _records(records: list[Record], pair: tuple[int, ...]) -> Table:
    """One line per record; the weight is left out, so that whoever decides judges the records and not the score."""
    table = Table(
        *("record", "person", "feed", "given name", "family name", "born", "e-mail", "phone", "address", "number", "company"),
        box=SIMPLE_HEAD,
        caption=f"{len(records) - RECORDS_SHOWN} more records" if len(records) > RECORDS_SHOWN else None,
    )  # fmt: skip
    for record in sorted(records, key=lambda record: record.profile_id not in pair)[:RECORDS_SHOWN]:
        values = (
            record.feed,
            record.given_name,
            record.family_name,
            record.birth_date,
            record.email,
            record.phone,
            record.address,
            record.customer_number,
            record.company_name,
        )
        table.add_row(
            str(record.profile_id),
            str(record.person_id or ""),
            *(escape(str(value)) if value is not None else "" for value in values),
            style="bold" if record.profile_id in pair else None,
        )
    return table


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

    Raises StamgastError: no such pair, or a decision that cannot stand.
    """
    added = _write(settings, pair_of(name), is_same, author, reason, expires)
    console.print(
        f"{overrides_file(settings.sources)}, line {added.line}: records {added.pair[0]} and {added.pair[1]} are "
        f"{'one person' if is_same else 'two people'}{f' until {expires}' if expires else ''}; the next run applies it. "
        "What it changes: stamgast identity preview"
    )


def _write(
    settings: Settings, pair: Pair, is_same: bool, author: str, reason: str, expires: date | None
) -> Override:
    decision = Decision(is_same, pair, author, reason, settings.as_of, expires)
    with locked(settings.places):
        newest = next_profile_id(read_loads(settings.places)) - 1
        return add_override(overrides_file(settings.sources), decision, newest)


def ask(
    settings: Settings, author: str | None, kind: Kind | None, console: Console, answers: TextIO | None = None
) -> None:
    """Shows one item after the other and asks for a decision, until there are none left or somebody quits.

    `answers` are read in place of the terminal's.
    Raises StamgastError: there is no terminal to ask; as `decide`.
    """
    if answers is None and not sys.stdin.isatty():
        raise StamgastError(
            "there is no terminal to ask; use: stamgast identity review accept ITEM, or reject"
        )
    items = read_queue(settings.places, kind, _decided(settings))
    author = author or Prompt.ask("Your name", console=console, stream=answers)
    written = 0
    for item in items:
        if (pair := item.pair) is None:
            continue
        console.print(_headline(item))
        console.print(_records(read_records(settings.places, pair), pair))
        answer = Prompt.ask(
            f"Are {pair[0]} and {pair[1]} one person?",
            console=console,
            choices=["same", "different", "skip", "quit"],
            default="skip",
            stream=answers,
        )
        if answer == "quit":
            break
        if answer != "skip":
            reason = Prompt.ask("Why", console=console, stream=answers)
            _write(settings, pair, answer == "same", author, reason, None)
            written += 1
    console.print(
        f"{written} decisions written; the next run applies them. What they change: stamgast identity preview"
    )
