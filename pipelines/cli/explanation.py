"""What `stamgast person explain` prints."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from pipelines.cli.counting import counted
from pipelines.cli.options import tell
from pipelines.errors import StamgastError
from pipelines.identity.likelihood.model import Waterfall, size_class
from pipelines.identity.likelihood.waterfall import save_plot, steps, waterfall_of
from pipelines.identity.profiles.records import Profile
from pipelines.landing.loads import read_loads
from pipelines.publishing.versions import opened
from pipelines.serving.evidence_words import (
    apart_in_words,
    contradictions_in_words,
    level_in_words,
    rule_in_words,
    veto_in_words,
)
from pipelines.serving.explaining import Decided, Event, Explanation, Gone, Pair, explain
from pipelines.settings import Settings, read_settings

# Characters of the longest bar, and bits that fill it: more is as good as certain.
_BAR, _MOST_BITS = 24, 12.0
_GONE: Mapping[Gone, str] = {
    "erased": "who it was has been erased, and nothing is held under it",
    "dropped": "its load was dropped",
    "emptied": "its retention or licence has ended, and only the number is left",
}
# Apart from the person itself, near misses are a matter of the review queue.
_APART_SHOWN = 10


def show_explanation(
    settings: Settings, asked: int, other: int | None, plot: Path | None, console: Console
) -> None:
    """Why the records behind an id are one person; with `other`, what links two ids or keeps them apart.

    Raises StamgastError: nothing is published, no such id, a plot that cannot be written.
    """
    if asked == other:
        raise StamgastError(f"both ids are {asked}; name two, or one alone")
    overrides = settings.sources / "overrides" / "identity.csv"
    with opened(settings.places) as (connection, version):
        found = explain(connection, settings.places, read_loads(settings.places), overrides, asked, other)
    falls = _waterfalls(found)
    _say_who(found, version.name, console)
    _say_profiles(found, console)
    _say_links(found, falls, console)
    _say_against(found, console)
    _say_apart(found, falls, console)
    _say_bad_values(found, console)
    _say_decisions(found, settings, overrides, console)
    _say_events(found.events, console)
    _say_how(found, settings, overrides, console)
    if plot is not None:
        save_plot(plot, [(pair.ids, fall) for pair in _pairs(found) if (fall := falls.get(pair.ids))])
        console.print(f"\nThe scores are drawn in {escape(str(plot))}")


def _pairs(found: Explanation) -> list[Pair]:
    return [*found.links, *found.apart[:_APART_SHOWN]]


def _waterfalls(found: Explanation) -> dict[tuple[int, int], Waterfall]:
    """By pair, where it was scored."""
    size = size_class(found.profiles_scored)
    falls = {
        pair.ids: waterfall_of(found.model, pair.levels, size)
        for pair in _pairs(found)
        if pair.weight is not None
    }
    return {ids: fall for ids, fall in falls.items() if fall is not None}


def _heading(words: str, console: Console) -> None:
    console.print(f"\n[bold]{words}[/]")


def _say_who(found: Explanation, version: str, console: Console) -> None:
    for asked, person in found.people.items():
        if asked in found.gone:
            said = f"{asked} is nobody's in version {version}: {_GONE[found.gone[asked]]}"
        elif person is None:
            said = f"{asked} is nobody's in version {version}: nothing that is in use refers to it, or it is no person's"
        elif asked == person:
            said = f"{asked} is a person of version {version}"
        elif asked not in found.person:
            said = f"{asked} is in use no more; it leads to person {person} of version {version}"
        else:
            said = f"{asked} is part of person {person} in version {version}"
        tell(console, f"[bold]{said}[/]")


def _say_profiles(found: Explanation, console: Console) -> None:
    _heading(f"The records ({len(found.profiles)})", console)
    for profile in found.profiles:
        account = found.accounts.get(profile.profile_id)
        company = f", company {account}" if account is not None else ""
        tell(
            console,
            f"  [cyan]{_with_person(profile.profile_id, found)}[/]  {escape(profile.feed)}{company}  [dim]{_use(profile)}[/]",
            6,
        )
        values = "   ".join(f"[dim]{column}[/] {escape(value)}" for column, value in profile.values.items())
        tell(console, f"      {values}", 6)


def _use(profile: Profile) -> str:
    first = escape(f"first in {profile.file}")
    if profile.first_seen_at is None or profile.last_seen_at is None:
        return f"{first}; no event of a person refers to it now"
    return f"{first}; {counted(profile.event_count, 'event')}, {profile.first_seen_at:%Y-%m-%d} to {profile.last_seen_at:%Y-%m-%d}"


def _say_links(found: Explanation, falls: Mapping[tuple[int, int], Waterfall], console: Console) -> None:
    if not found.links:
        return
    _heading("Why they are one person", console)
    for pair in found.links:
        decisions = [_decision_in_words(one) for one in found.decided if one.ids == pair.ids and one.is_same]
        rules = [rule_in_words(rule) for rule in pair.rules if rule != "override" or not decisions]
        said = escape(", ".join([*decisions, *rules]))
        tell(console, f"  [cyan]{pair.left_profile_id} - {pair.right_profile_id}[/]  {said}", 6)
        _say_evidence(pair, falls.get(pair.ids), console)
    if found.further_links:
        tell(
            console,
            f"  [dim]weaker links between the same records: {found.further_links}; name two records to see what links them[/]",
            2,
        )


def _say_against(found: Explanation, console: Console) -> None:
    if not found.against:
        return
    _heading("What speaks against one person", console)
    for one in found.against:
        ids = one.left_profile_id, one.right_profile_id
        _say_pair(ids, contradictions_in_words(one.contradictions), found, console)


def _say_apart(found: Explanation, falls: Mapping[tuple[int, int], Waterfall], console: Console) -> None:
    kept = found.decided_apart
    if not found.apart and not found.vetoes and not kept:
        if len(found.people) > 1 and len(set(found.people.values())) > 1:
            console.print("\nNothing was found that speaks for one person.")
        return
    _heading("Who is kept apart from them", console)
    shown = found.apart[:_APART_SHOWN]
    for one in kept:
        if one.ids not in [pair.ids for pair in shown]:
            _say_pair(one.ids, _decision_in_words(one), found, console)
    for veto in found.vetoes:
        if veto.rule != "override":
            _say_pair(veto.ids, f"may not be one person: {veto_in_words(veto.rule)}", found, console)
    for pair in shown:
        rules = f" ({', '.join(map(rule_in_words, pair.rules))})" if pair.rules else ""
        _say_pair(pair.ids, f"{_why_apart(pair, found)}{rules}", found, console)
        _say_evidence(pair, falls.get(pair.ids), console)
    if more := len(found.apart) - len(shown):
        console.print(f"  [dim]and {counted(more, 'pair')} more[/]")
    if len(found.people) == 1:
        tell(
            console, "  [dim]one pair for each other person; name two records to see all between theirs[/]", 2
        )


def _why_apart(pair: Pair, found: Explanation) -> str:
    decided = found.parted_by(pair)
    if decided is None:
        return apart_in_words(pair.apart or "")
    if decided.ids == pair.ids:
        return _decision_in_words(decided)
    return f"the decision about {decided.left_profile_id} and {decided.right_profile_id} keeps them apart"


def _decision_in_words(one: Decided) -> str:
    does = "joins them" if one.is_same else "keeps them apart"
    if (by := one.as_written) is not None:
        return f"a decision {does}: {by.author} on {by.decided_on}, {by.reason}"
    return f"a decision of {one.decided_on} {does}; who and why stands in line {one.line} of its overrides/identity.csv"


def _say_pair(ids: tuple[int, int], said: str, found: Explanation, console: Console) -> None:
    left, right = (_with_person(profile_id, found) for profile_id in ids)
    tell(console, f"  [cyan]{left} - {right}[/]  {escape(said)}", 6)


def _with_person(profile_id: int, found: Explanation) -> str:
    person = found.person.get(profile_id)
    is_plain = person is None or set(found.people.values()) == {person}
    return str(profile_id) if is_plain else f"{profile_id} (person {person})"


def _say_evidence(pair: Pair, fall: Waterfall | None, console: Console) -> None:
    if fall is not None:
        for step in steps(fall):
            style = "green" if step.weight > 0 else "red"
            width = max(1, round(min(abs(step.weight), _MOST_BITS) / _MOST_BITS * _BAR))
            said = level_in_words(step.what, step.label)
            tell(console, f"      {step.weight:+6.1f} [{style}]{'█' * width:<{_BAR}}[/] {said}", 14 + _BAR)
    else:
        # Of a model that is no longer the one in use.
        levels = [level_in_words(field, label) for field, label in pair.levels.items() if label is not None]
        if levels:
            tell(console, f"      {'; '.join(levels)}", 6)
    if pair.weight is not None and pair.probability is not None:
        console.print(f"      {pair.weight:+6.1f} bits: one person with probability {pair.probability:.4f}")


def _say_bad_values(found: Explanation, console: Console) -> None:
    if not found.bad_values:
        return
    _heading("Values that link nobody", console)
    for bad in found.bad_values:
        profiles = ", ".join(map(str, bad.profile_ids))
        held = f"held by {counted(bad.holder_count, 'record')} [dim](here {profiles})[/]"
        tell(console, f"  {bad.field} {escape(bad.value)}: {bad.reason}, {held}", 6)


def _say_decisions(found: Explanation, settings: Settings, path: Path, console: Console) -> None:
    if not found.decisions:
        return
    _heading(f"Decisions in {escape(str(path))}", console)
    for one in found.decisions:
        left, right = one.pair
        until = f", until {one.expires_on}" if one.expires_on else ""
        counts = ""
        if not one.holds_on(settings.as_of):
            when = "not yet" if settings.as_of < one.decided_on else "no more"
            counts = f" [yellow](counts {when})[/]"
        elif one not in [each.as_written for each in found.decided]:
            counts = " [yellow](waits for the next run)[/]"
        tell(
            console,
            f"  line {one.line}: {one.decision} {left}-{right}, {escape(one.author)} on {one.decided_on}{until}: "
            f"{escape(one.reason)}{counts}",
            6,
        )


def _say_events(events: Sequence[Event], console: Console) -> None:
    if not events:
        return
    _heading("What became of the ids", console)
    for event in events:
        console.print(f"  {event.event_date} [dim]version {event.version}[/]  {_in_words(event)}")


def _in_words(event: Event) -> str:
    profiles = counted(event.profile_count, "record")
    match event.event:
        case "created" if event.other_person_id is not None:
            return f"{event.person_id} continues {event.other_person_id} with {profiles}"
        case "created":
            return f"{event.person_id} began with {profiles}"
        case "merged":
            return f"{event.person_id} became part of {event.other_person_id}, with {profiles}"
        case "split":
            return f"{event.person_id} took over {profiles} of {event.other_person_id}"
    heir = f"; {event.other_person_id} holds the others" if event.other_person_id is not None else ""
    return f"{event.person_id} ended, {profiles} of it no longer in use{heir}"


def _say_how(found: Explanation, settings: Settings, path: Path, console: Console) -> None:
    if found.against and len(found.people) == 1:
        one = found.against[0]
        ids, word, decision, verb = (one.left_profile_id, one.right_profile_id), "reject", "different", "part"
    elif found.links:
        # The weakest link is the likeliest mistake.
        ids, word, decision, verb = found.links[-1].ids, "reject", "different", "part"
    elif found.apart:
        ids, word, decision, verb = found.apart[0].ids, "accept", "same", "join"
    elif kept := found.decided_apart:
        ids, word, decision, verb = kept[0].ids, "accept", "same", "join"
    else:
        return
    left, right = sorted(found.people) if len(found.people) == 2 else ids
    folders = _folders(settings)
    _heading(f"To {verb} the records {left} and {right}", console)
    standing = [
        one.line for one in found.decisions if one.pair == (left, right) and one.holds_on(settings.as_of)
    ]
    if standing:
        lines = ", ".join(map(str, standing))
        console.print(escape(f"  remove line {lines} of {path}\n  stamgast run{folders}"))
        return
    if (left, right) in [one.ids for one in found.decided]:
        tell(
            console,
            escape(
                f"  {path} does not have the decision: give --sources with the folder that has, or, if the line was taken "
                f"out of it, call: stamgast run{folders}"
            ),
            2,
        )
        return
    console.print(
        escape(
            f"  stamgast identity review{folders} {word} {left}-{right} --author NAME --reason WHY\n  stamgast run{folders}"
        )
    )
    console.print(escape(f"  the first adds a line to {path}:"))
    console.print(f"  {decision},{left},{right},NAME,WHY,{settings.as_of},")


def _folders(settings: Settings) -> str:
    """The options that lead to these folders, where they are not those of every command."""
    usual = read_settings()
    given = {"sources": settings.sources, "warehouse": settings.warehouse}
    return "".join(
        f" --{option} {shlex.quote(str(folder))}"
        for option, folder in given.items()
        if folder != getattr(usual, option)
    )
