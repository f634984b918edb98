"""Cuts a component in which a veto stands: rejoins its profiles, strongest rule first, never across a veto."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from pipelines.identity.rules import VetoRule

OVERRIDE_RANK = 0


@dataclass(frozen=True)
class Member:
    """What vetoes look at in one profile. `content` orders profiles by what they say, not by their numbers."""

    profile_id: int
    content: str
    birth_date: date | None = None
    given_name: str | None = None
    generation: str | None = None
    only_number: str | None = None


@dataclass(frozen=True)
class Group:
    """Profiles that a rule of this rank takes for one person."""

    rank: int
    members: tuple[Member, ...]


@dataclass(frozen=True, order=True)
class Veto:
    """Two profiles of a component that may not be one person, and the rule that says so."""

    left_profile_id: int
    right_profile_id: int
    rule: str


class _Person:
    """Profiles joined so far; of profiles that vetoes cannot tell apart one stands for all."""

    def __init__(self, member: Member, is_named_in_override: bool) -> None:
        self.members = [member]
        key = member.profile_id if is_named_in_override else None
        self.distinct = {
            (key, member.birth_date, member.given_name, member.generation, member.only_number): member
        }


class Cutter:
    """Applies the vetoes that the rules name, and the `different` decisions of the overrides."""

    def __init__(self, vetoes: Sequence[VetoRule], different: Collection[tuple[int, int]] = ()) -> None:
        self._vetoes = vetoes
        self._different = {frozenset(pair) for pair in different}
        self._named = {profile_id for pair in different for profile_id in pair}

    def cut(
        self, members: Iterable[Member], groups: Iterable[Group]
    ) -> tuple[list[list[Member]], list[Veto]]:
        """The people within one component, and the vetoes that kept them apart.

        Every profile begins alone. Groups are taken in order of their rule's authority, then of content; within
        a group each person joins, in order of content, the first other one that no veto keeps from it. So what a
        veto cuts is the weakest link between its two sides, and the result depends on nothing but the profiles of
        this component and what they say. A decision `same` (rank 0) joins whatever the vetoes say.
        """
        person = {member: _Person(member, member.profile_id in self._named) for member in members}
        found: set[Veto] = set()
        for group in sorted(
            groups, key=lambda group: (group.rank, min(member.content for member in group.members))
        ):
            parts: list[_Person] = []
            for member in sorted(group.members, key=lambda member: member.content):
                if any(person[member] is part for part in parts):
                    continue
                for place, part in enumerate(parts):
                    veto = None if group.rank == OVERRIDE_RANK else self._between(part, person[member])
                    if veto is None:
                        parts[place] = _join(person, part, person[member])
                        break
                    found.add(veto)
                else:
                    parts.append(person[member])
        people = {id(one): one.members for one in person.values()}
        return list(people.values()), sorted(found)

    def _between(self, left: _Person, right: _Person) -> Veto | None:
        for a in left.distinct.values():
            for b in right.distinct.values():
                rule = self.veto(a, b)
                if rule is not None:
                    return Veto(min(a.profile_id, b.profile_id), max(a.profile_id, b.profile_id), rule)
        return None

    def veto(self, a: Member, b: Member) -> str | None:
        """The rule that forbids two profiles to be one person, None when none does."""
        if self._different and frozenset((a.profile_id, b.profile_id)) in self._different:
            return "override"
        contradicts = {
            "birth_date": _are_two_birth_dates,
            "given_name_and_birth_date": _are_two_names_and_dates,
            "generation": lambda a, b: _differ(a.generation, b.generation),
            "customer_number": lambda a, b: _differ(a.only_number, b.only_number),
        }
        return next((rule for rule in self._vetoes if contradicts[rule](a, b)), None)


def _join(person: dict[Member, _Person], left: _Person, right: _Person) -> _Person:
    larger, smaller = (left, right) if len(left.members) >= len(right.members) else (right, left)
    larger.members += smaller.members
    for key, member in smaller.distinct.items():
        larger.distinct.setdefault(key, member)
    for member in smaller.members:
        person[member] = larger
    return larger


def _differ(a: str | None, b: str | None) -> bool:
    return a is not None and b is not None and a != b


def _is_full(day: date) -> bool:
    """1 January stands for a year of which the day is not known."""
    return (day.month, day.day) != (1, 1)


def _are_two_birth_dates(a: Member, b: Member) -> bool:
    """Both full, and further apart than a typing error: one part of the date, or day and month exchanged."""
    first, second = a.birth_date, b.birth_date
    if first is None or second is None or first == second or not (_is_full(first) and _is_full(second)):
        return False
    differing = (first.year != second.year) + (first.month != second.month) + (first.day != second.day)
    is_exchanged = first.year == second.year and (first.month, first.day) == (second.day, second.month)
    return differing > 1 and not is_exchanged


def _are_two_names_and_dates(a: Member, b: Member) -> bool:
    """Other birth date, even a close one, and another given name: no spelling, no longer form of the first."""
    if a.birth_date is None or b.birth_date is None or a.birth_date == b.birth_date:
        return False
    if a.given_name is None or b.given_name is None:
        return False
    short, long = sorted((a.given_name, b.given_name), key=len)
    return not long.startswith(short) and not _is_misspelt(short, long)


def _is_misspelt(short: str, long: str) -> bool:
    """One letter more, less, other or exchanged; in names of four letters and more, so not in Chinese ones."""
    if len(short) < 4 or len(long) - len(short) > 1:
        return False
    start = next((place for place, letter in enumerate(short) if letter != long[place]), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    is_exchanged = short[start : start + 2] == long[start : start + 2][::-1]
    return short[start + 1 :] == long[start + 1 :] or (
        is_exchanged and short[start + 2 :] == long[start + 2 :]
    )
