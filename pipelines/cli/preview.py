"""What `stamgast identity preview` shows."""

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from pipelines.errors import StamgastError
from pipelines.identity.history.differences import Change, Conflict, SegmentChange
from pipelines.identity.likelihood.model import read_model_file
from pipelines.identity.rules import read_rules
from pipelines.orchestration.preview import preview
from pipelines.settings import Settings

_IDS_SHOWN = 8


def show_preview(
    settings: Settings,
    rules: Path | None,
    model: Path | None,
    overrides: Path | None,
    quick: bool,
    limit: int,
    console: Console,
) -> None:
    """Resolves beside the last build and prints what would change.

    Raises StamgastError: a file that is not there or cannot be used, no build to compare with.
    """
    for path in (rules, model, overrides):
        if path is not None and not path.exists():
            raise StamgastError(f"{path}: there is no such file")
    found = preview(
        settings,
        rules=read_rules(rules) if rules else None,
        model=read_model_file(model) if model else None,
        overrides=overrides,
        with_segments=not quick,
        largest=limit,
        tell=lambda sentence: console.print(f"  [dim]{escape(sentence)}[/]"),
    )
    counts, currency = found.differences.counts, settings.base_currency
    with_what = f"version {found.version}" if found.version else "the last build, which is not published"
    console.print(f"\nCompared with {with_what}, as of {found.as_of}; nothing was changed.\n")
    summary = Table("", Column("today", justify="right"), Column("then", justify="right"), box=SIMPLE_HEAD)
    summary.add_row("people", f"{counts.people_before:,}", f"{counts.people_after:,}")
    summary.add_row("companies", f"{counts.accounts_before:,}", f"{counts.accounts_after:,}")
    summary.add_row("people made of several of today", "", f"{counts.people_merged:,}")
    summary.add_row("people parted", "", f"{counts.people_split:,}")
    summary.add_row("profiles moved to another person", "", f"{counts.moved_profiles:,}")
    summary.add_row("revenue moved to another person", "", f"{counts.moved_revenue:,.2f} {currency}")
    summary.add_row("people whose parts disagree on a permission", "", f"{counts.people_in_conflict:,}")
    console.print(summary)
    if found.differences.merged:
        console.print(_changes("Merged", "person then", "people today", found.differences.merged, currency))
    if found.differences.split:
        console.print(_changes("Parted", "person today", "people then", found.differences.split, currency))
    if found.differences.conflicts:
        console.print(_conflicts(found.differences.conflicts))
    if found.segments is not None:
        console.print(_segments(found.segments))
    console.print(
        "Who they are: stamgast identity review show ID-ID. The next run applies what stands in place."
    )


def _ids(ids: Sequence[int]) -> str:
    more = f" and {len(ids) - _IDS_SHOWN} more" if len(ids) > _IDS_SHOWN else ""
    return ", ".join(map(str, ids[:_IDS_SHOWN])) + more


def _changes(title: str, one: str, others: str, changes: list[Change], currency: str) -> Table:
    table = Table(
        one,
        Column(others, overflow="fold"),
        Column("profiles", justify="right"),
        Column("revenue", justify="right", no_wrap=True),
        title=f"{title}, the largest by revenue",
        title_justify="left",
        box=SIMPLE_HEAD,
    )
    for change in changes:
        table.add_row(
            str(change.person_id),
            _ids(change.others),
            f"{change.profile_count:,}",
            f"{change.net_revenue:,.2f} {currency}",
        )
    return table


def _conflicts(conflicts: list[Conflict]) -> Table:
    table = Table(
        *("person then", "purpose", "channel", "granted by", "withdrawn or objected to by"),
        title="Permissions in conflict, the largest by revenue",
        title_justify="left",
        box=SIMPLE_HEAD,
    )
    for conflict in conflicts:
        table.add_row(
            str(conflict.person_id),
            escape(conflict.purpose),
            escape(conflict.channel),
            _ids(conflict.granted_by),
            _ids(conflict.refused_by),
        )
    return table


def _segments(segments: list[SegmentChange]) -> Table:
    table = Table(
        "segment",
        *(Column(name, justify="right") for name in ("today", "then", "entered", "left")),
        title="Segments; who goes on under another id neither enters nor leaves",
        title_justify="left",
        box=SIMPLE_HEAD,
    )
    for change in segments:
        table.add_row(
            change.segment,
            f"{change.before:,}",
            f"{change.after:,}",
            f"+{change.entered:,}" if change.entered else "",
            f"-{change.left:,}" if change.left else "",
        )
    return table
