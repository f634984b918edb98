"""Splits a component into people: joins its profiles again, strongest link first, never across a veto."""

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from pipelines.identity.rules import VetoRule

OVERRIDE_RANK = 0
# Profiles with one birth date that make it verified; the birth date of a single profile may be mistyped.
VERIFIED_BY = 2
# Match weight (log2 odds) beyond which two profiles are one person although their verified birth dates differ. Father and
# son of one name reach 10.5 if they share address, e-mail and phone; at 8, sharing the address alone made them one person.
SURE = 11.0
# Average match weight between two people beyond which a contradicting name and birth date are taken for typing errors.
LIKELY = 6.0
# Years between two birth dates from which on they are of two people, however few profiles give each of them.
GENERATION = 15
# Match weight (log2 odds) by which a profile must fit one of two people better, who are not one, to be of either.
MARGIN = 3.0
# Somebody with more profiles would share more than the name with another profile of theirs, so the name alone is no evidence.
MOST_PROFILES = 5
# The vetoes that keep the members of a household apart.
_OF_HOUSEHOLDS = ("birth_date", "given_name_and_birth_date", "twins")
# (smaller, larger profile id) -> match weight (log2 odds), of the pairs that are evidence.
Scores = Mapping[tuple[int, int], float]
_NO_SCORES: Scores = MappingProxyType({})
# A profile without a name, and the named profiles with the same contact point.
Holders = tuple[int, list[int]]
# Profiles with one rare name, and profiles without a name whose mailbox contains it.
Bearers = tuple[list[int], list[int]]


@dataclass(frozen=True)
class Member:
    """The fields of a profile that vetoes compare. `content` orders profiles by their values instead of their numbers."""

    profile_id: int
    content: str
    birth_date: date | None = None
    given_name: str | None = None
    family_name: str | None = None
    generation: str | None = None
    is_only_number: bool = False
    initial: str | None = None
    gender: str | None = None
    email: str | None = None
    # A customer number, with the feeds that number customers together.
    number_space: str | None = None
    customer_number: str | None = None
    is_name_usual: bool = False

    @property
    def name_or_initial(self) -> str | None:
        """The full given name, or the initial if that is all."""
        return self.given_name or self.initial


@dataclass(frozen=True)
class Group:
    """Profiles that a rule of this rank links; `is_by_contact_point`: by a contact point, which a family may share."""

    rank: int
    members: tuple[Member, ...]
    is_by_contact_point: bool = False


@dataclass(frozen=True, order=True)
class Veto:
    """Two profiles of a component that may not be one person, and the rule that forbids it."""

    left_profile_id: int
    right_profile_id: int
    rule: str


class _Person:
    """Profiles joined so far; `distinct` holds one profile of each combination of fields that vetoes compare."""

    def __init__(self, member: Member, is_named_in_override: bool) -> None:
        self.members = [member]
        # Full birth date -> the profiles that give it.
        self.birth_dates: dict[date, list[int]] = {}
        if member.birth_date is not None and _is_full(member.birth_date):
            self.birth_dates[member.birth_date] = [member.profile_id]
        key = member.profile_id if is_named_in_override else None
        self.distinct = {
            (
                key,
                member.birth_date,
                member.name_or_initial,
                member.family_name,
                member.generation,
                member.is_only_number and member.customer_number,
                member.gender,
                member.email,
            ): member
        }
        # Space of customer numbers -> the numbers in it.
        self.numbers: dict[str, set[str]] = {}
        if member.number_space is not None and member.customer_number is not None:
            self.numbers[member.number_space] = {member.customer_number}


@dataclass
class _Between:
    """Sum and number of the match weights between two people, for pairs with both given names and for other pairs."""

    named: float = 0.0
    named_count: int = 0
    other: float = 0.0
    other_count: int = 0

    def add(self, weight: float, is_named: bool) -> None:
        if is_named:
            self.named += weight
            self.named_count += 1
        else:
            self.other += weight
            self.other_count += 1

    def merge(self, moved: "_Between") -> None:
        self.named += moved.named
        self.named_count += moved.named_count
        self.other += moved.other
        self.other_count += moved.other_count

    @property
    def average(self) -> float:
        return self.named / self.named_count if self.named_count else self.other / self.other_count


class ComponentSplitter:
    """Splits components by the vetoes of the rules and the decisions `different`."""

    def __init__(
        self,
        vetoes: Sequence[VetoRule],
        different: Collection[tuple[int, int]] = (),
        aliases: Collection[tuple[str, str]] = (),
        *,
        are_households: bool = True,
    ) -> None:
        self._vetoes = vetoes
        # Names and dates veto because a household shares everything else; without households they are evidence like any other.
        self._likely_vetoes = (
            vetoes if are_households else [rule for rule in vetoes if rule not in _OF_HOUSEHOLDS]
        )
        self._aliases = {frozenset(pair) for pair in aliases}
        self._different = {frozenset(pair) for pair in different}
        self._named = {profile_id for pair in different for profile_id in pair}

    def split(
        self,
        members: Iterable[Member],
        groups: Iterable[Group],
        scores: Scores,
        nameless: Sequence[Holders] = (),
        bearers: Sequence[Bearers] = (),
    ) -> tuple[list[list[Member]], list[Veto]]:
        """Returns the people of one component, and the vetoes between them.

        A decision `same` (rank 0) joins the two people that its profiles belong to without it, whatever vetoes there are
        between their other profiles. If that joins profiles of a decision `different`, the two profiles of `same` are joined
        before all links instead, and links then join as far as `different` allows. At the end profiles of `bearers` are
        joined by rare name, and profiles without a name join the person with their contact point, if it is one person; the
        first of several entries of a profile in `nameless` decides.
        """
        members, groups = list(members), list(groups)
        decided = [group for group in groups if group.rank == OVERRIDE_RANK]
        links = [group for group in groups if group.rank != OVERRIDE_RANK]
        parts, found = self._people(members, links, scores)
        parts = _united(parts, decided)
        if decided and any(self._is_decided_against(part) for part in parts):
            parts, found = self._people(members, groups, scores)
        found |= self._join_bearers(parts, bearers)
        found |= self._join_nameless(parts, nameless)
        people = [part.members for part in parts if part.members]
        place = {member.profile_id: number for number, part in enumerate(people) for member in part}
        return people, sorted(
            veto for veto in found if place[veto.left_profile_id] != place[veto.right_profile_id]
        )

    def _is_decided_against(self, part: _Person) -> bool:
        ids = {member.profile_id for member in part.members}
        return any(pair <= ids for pair in self._different)

    def _people(
        self, members: Sequence[Member], groups: Sequence[Group], scores: Scores
    ) -> tuple[list[_Person], set[Veto]]:
        """Joins profiles to people by certain links, then by likely ones; returns them and the vetoes met.

        Groups are processed in order of their rule's authority, then of content. Within a group each person joins, in order of
        content, the first other person that no veto forbids, so a veto breaks the weakest link between its two sides, and the
        result depends on nothing but the values of the component's profiles. Groups of rank 0 ignore vetoes. Then people are
        joined by average linkage: the two with the highest average match weight first, while it is above zero.
        """
        person = {member: _Person(member, member.profile_id in self._named) for member in members}
        # Counted before any two are joined, or the order would decide which birth date is verified.
        givers = Counter(member.birth_date for member in person if member.birth_date is not None)
        verified = {day for day, count in givers.items() if count >= VERIFIED_BY}
        found: set[Veto] = set()
        for group in sorted(
            groups, key=lambda group: (group.rank, min(member.content for member in group.members))
        ):
            counting = givers.keys() if group.is_by_contact_point else verified
            parts: list[_Person] = []
            # Those with a birth date first: a profile without one may fit several of them.
            for member in sorted(
                group.members, key=lambda member: (not person[member].birth_dates, member.content)
            ):
                if any(person[member] is part for part in parts):
                    continue
                fitting = []
                for part in parts:
                    veto = None
                    if group.rank != OVERRIDE_RANK:
                        veto = self._between(part, person[member], counting)
                    if veto is None and group.is_by_contact_point:
                        veto = self._between_names(part, person[member])
                    if veto is None:
                        fitting.append(part)
                    else:
                        found.add(veto)
                chosen = fitting[0] if fitting else None
                if len(fitting) > 1 and any(
                    are_a_generation_apart(fitting[0], other) for other in fitting[1:]
                ):
                    chosen = _likelier(fitting, person[member], scores)
                if chosen is None:
                    parts.append(person[member])
                else:
                    place = next(place for place, part in enumerate(parts) if part is chosen)
                    parts[place] = _join(person, chosen, person[member])
        distinct = {id(part): part for part in person.values()}
        likely, vetoes = self._join_likely(list(distinct.values()), scores)
        return likely, found | vetoes

    def _between_names(self, left: _Person, right: _Person) -> Veto | None:
        """The veto between two people without an alike given name: a nameless profile with both contact points joins nobody."""
        names = [
            {
                member.name_or_initial: member.profile_id
                for member in part.distinct.values()
                if member.name_or_initial is not None
            }
            for part in (left, right)
        ]
        if not all(names) or any(self._are_alike(a, b) for a in names[0] for b in names[1]):
            return None
        a_id, b_id = (min(profiles.values()) for profiles in names)
        return Veto(min(a_id, b_id), max(a_id, b_id), "given_name")

    def _are_alike(self, a: str, b: str) -> bool:
        """Whether these are spellings or forms of one given name."""
        short, long = sorted((a, b), key=len)
        return long.startswith(short) or _is_misspelt(short, long) or frozenset((a, b)) in self._aliases

    def _join_bearers(self, parts: list[_Person], bearers: Sequence[Bearers]) -> set[Veto]:
        """Joins the only two people with a rare name, and nameless people whose mailbox contains it; returns the vetoes met.

        People with different birth dates are not joined, nor is anybody if three have the name. Parts that join another are
        left without members.
        """
        part_of = {member.profile_id: part for part in parts for member in part.members}
        content = {member.profile_id: member.content for part in parts for member in part.members}
        found: set[Veto] = set()
        for named, in_mailboxes in sorted(
            bearers, key=lambda entry: min(content[profile_id] for profile_id in entry[0])
        ):
            people = _distinct(part_of[profile_id] for profile_id in sorted(named, key=content.__getitem__))
            nameless = _distinct(
                part_of[profile_id]
                for profile_id in sorted(in_mailboxes, key=content.__getitem__)
                if not any(
                    member.name_or_initial or member.family_name for member in part_of[profile_id].members
                )
            )
            if len(people) > 2 or max(len(part.members) for part in people) > MOST_PROFILES:
                continue
            for part in [*people[1:], *nameless]:
                veto = self._between(people[0], part, [*people[0].birth_dates, *part.birth_dates])
                if veto is not None:
                    found.add(veto)
                    if part in people:
                        break
                    continue
                part_of.update({member.profile_id: people[0] for member in part.members})
                _joined(people[0], part)
                part.members = []
        return found

    def _join_nameless(self, parts: list[_Person], nameless: Sequence[Holders]) -> set[Veto]:
        """Joins profiles without a name to the only person with their contact point; returns the vetoes met.

        Parts that join another are left without members.
        """
        part_of = {member.profile_id: part for part in parts for member in part.members}
        content = {member.profile_id: member.content for part in parts for member in part.members}
        named = {holder for _, holders in nameless for holder in holders}
        found: set[Veto] = set()
        for profile_id, holders in sorted(nameless, key=lambda entry: content[entry[0]]):
            part = part_of[profile_id]
            targets = {id(part_of[holder]): part_of[holder] for holder in holders}
            if len(targets) != 1 or any(member.profile_id in named for member in part.members):
                continue
            target = next(iter(targets.values()))
            veto = self._between(target, part)
            if veto is not None:
                found.add(veto)
                continue
            for member in part.members:
                part_of[member.profile_id] = target
            _joined(target, part)
            part.members = []
        return found

    def _join_likely(self, parts: list[_Person], scores: Scores) -> tuple[list[_Person], set[Veto]]:
        """Joins people by average linkage; returns the people left and the vetoes met. A veto lasts through later joins.

        Between two people with full given names only pairs with both names count: a profile without one fits husband and wife
        equally well, and would join them.
        """
        parts.sort(key=lambda part: min(member.content for member in part.members))
        of_profile = {member.profile_id: place for place, part in enumerate(parts) for member in part.members}
        named = {member.profile_id for part in parts for member in part.members if member.given_name}
        # Place -> other place -> the match weights between the two people.
        sums: dict[int, dict[int, _Between]] = defaultdict(dict)
        for (left, right), weight in scores.items():
            a, b = of_profile[left], of_profile[right]
            if a != b:
                both = sums[b][a] = sums[a].setdefault(b, _Between())
                both.add(weight, left in named and right in named)
        queue = [(-both.average, a, b) for a, others in sums.items() for b, both in others.items() if a < b]
        heapq.heapify(queue)
        alive = set(range(len(parts)))
        is_contested = _spans_a_generation(parts)
        found: set[Veto] = set()
        while queue and queue[0][0] < 0:
            average, a, b = heapq.heappop(queue)
            # A pair is queued again whenever its average changes; outdated entries are skipped.
            if a not in alive or b not in alive or -average != sums[a][b].average:
                continue
            veto = self._between(
                parts[a], parts[b], scores=scores, average=-average, rules=self._likely_vetoes
            )
            if veto is not None:
                found.add(veto)
                continue
            if is_contested and (
                self._has_rival(parts, sums, a, b, average) or self._has_rival(parts, sums, b, a, average)
            ):
                continue
            parts[a] = _joined(parts[a], parts[b])
            alive.discard(b)
            del sums[a][b]
            for other, moved in sums.pop(b).items():
                if other == a:
                    continue
                del sums[other][b]
                both = sums[other][a] = sums[a].setdefault(other, _Between())
                both.merge(moved)
                heapq.heappush(queue, (-both.average, min(a, other), max(a, other)))
        return [parts[place] for place in sorted(alive)], found

    @staticmethod
    def _has_rival(
        parts: Sequence[_Person],
        sums: Mapping[int, Mapping[int, _Between]],
        person: int,
        partner: int,
        average: float,
    ) -> bool:
        """Whether `person` fits somebody a generation older or younger than `partner` about as well as `partner`.

        `average`: the negative match weight of the two.
        """
        return any(
            other != partner
            and both.average > 0
            and both.average > -average - MARGIN
            and are_a_generation_apart(parts[partner], parts[other])
            and not are_a_generation_apart(parts[person], parts[other])
            for other, both in sums[person].items()
        )

    def _between(
        self,
        left: _Person,
        right: _Person,
        verified: Collection[date] = (),
        scores: Scores = _NO_SCORES,
        average: float = 0.0,
        rules: Sequence[VetoRule] | None = None,
    ) -> Veto | None:
        """The veto between two people, None without any.

        A birth date counts if it is in `verified`, or given by enough profiles of these two people. If names and birth dates
        contradict each other while the match weight of the pair, or the `average` of the two people, is high all the same,
        both are taken for typing errors and veto nothing. `rules`: the vetoes to apply (default: all).
        """
        rules = self._vetoes if rules is None else rules
        for a in left.distinct.values():
            for b in right.distinct.values():
                rule = self.veto(a, b, rules)
                pair = min(a.profile_id, b.profile_id), max(a.profile_id, b.profile_id)
                if rule == "given_name_and_birth_date" and (scores.get(pair, 0) > 0 or average > LIKELY):
                    continue
                if rule is not None:
                    return Veto(min(a.profile_id, b.profile_id), max(a.profile_id, b.profile_id), rule)
        if "birth_date" in rules and left.birth_dates and right.birth_dates:
            has_two_numbers = any(
                left.numbers[space].isdisjoint(right.numbers[space])
                for space in left.numbers.keys() & right.numbers.keys()
            )
            for first in sorted(left.birth_dates):
                for second in sorted(right.birth_dates):
                    if is_another_generation(first, second) or (
                        has_two_numbers and are_two_birth_dates(first, second)
                    ):
                        a_id, b_id = min(left.birth_dates[first]), min(right.birth_dates[second])
                        return Veto(min(a_id, b_id), max(a_id, b_id), "birth_date")
        if "birth_date" in rules and left.birth_dates and right.birth_dates:
            dates = {
                day: left.birth_dates.get(day, []) + right.birth_dates.get(day, [])
                for day in sorted({*left.birth_dates, *right.birth_dates})
            }
            counting = [
                day for day, profiles in dates.items() if len(profiles) >= VERIFIED_BY or day in verified
            ]
            for place, first in enumerate(counting):
                for second in counting[place + 1 :]:
                    if are_two_birth_dates(first, second) and not _is_sure(
                        dates[first], dates[second], scores
                    ):
                        a_id, b_id = min(dates[first]), min(dates[second])
                        return Veto(min(a_id, b_id), max(a_id, b_id), "birth_date")
        return None

    def veto(self, a: Member, b: Member, rules: Sequence[VetoRule]) -> str | None:
        """The first of these rules that forbids two profiles to be one person, whatever else agrees; None without any."""
        if self._different and frozenset((a.profile_id, b.profile_id)) in self._different:
            return "override"
        contradicts = {
            "given_name_and_birth_date": self._are_two_names_and_dates,
            "twins": self._are_twins,
            "generation": lambda a, b: _differ(a.generation, b.generation),
            "customer_number": lambda a, b: (
                a.is_only_number
                and b.is_only_number
                and a.number_space == b.number_space
                and _differ(a.customer_number, b.customer_number)
            ),
        }
        return next((rule for rule in rules if rule in contradicts and contradicts[rule](a, b)), None)

    def _are_twins(self, a: Member, b: Member) -> bool:
        """Whether two given names are of two people: of two sexes, each in a mailbox of its own, or both usual and no typing error."""
        if a.given_name is None or b.given_name is None or a.given_name == b.given_name:
            return False
        if frozenset((a.given_name, b.given_name)) in self._aliases:
            return False
        if a.given_name == b.family_name or b.given_name == a.family_name:
            return False
        if _differ(a.gender, b.gender):
            return True
        short, long = sorted((a.given_name, b.given_name), key=len)
        if long.startswith(short):
            return False
        return (_differ(a.email, b.email) and _is_mailbox_of(a) and _is_mailbox_of(b)) or (
            a.is_name_usual
            and b.is_name_usual
            and _is_misspelt(short, long)
            and _are_equal(a.birth_date, b.birth_date)
        )

    def _are_two_names_and_dates(self, a: Member, b: Member) -> bool:
        """Whether birth dates differ, even slightly, and given names are not alike, nor swapped with a family name."""
        if a.birth_date is None or b.birth_date is None or a.birth_date == b.birth_date:
            return False
        if a.given_name is None or b.given_name is None:
            return False
        if a.given_name == b.family_name or b.given_name == a.family_name:
            return False
        return not self._are_alike(a.given_name, b.given_name)


def _united(parts: Sequence[_Person], decided: Iterable[Group]) -> list[_Person]:
    """The parts, joined where a group has members in several of them."""
    part_of = {member.profile_id: part for part in parts for member in part.members}
    for group in decided:
        for member in group.members[1:]:
            part, first = part_of[member.profile_id], part_of[group.members[0].profile_id]
            if part is not first:
                part_of.update({moved.profile_id: first for moved in part.members})
                _joined(first, part)
    return _distinct(part_of.values())


def _distinct(parts: Iterable[_Person]) -> list[_Person]:
    """Each part once, in order of first appearance."""
    return list({id(part): part for part in parts}.values())


def _join(person: dict[Member, _Person], left: _Person, right: _Person) -> _Person:
    larger, smaller = (left, right) if len(left.members) >= len(right.members) else (right, left)
    moved = list(smaller.members)
    joined = _joined(larger, smaller)
    for member in moved:
        person[member] = joined
    return joined


def _joined(left: _Person, right: _Person) -> _Person:
    left.members = left.members + right.members
    for key, member in right.distinct.items():
        left.distinct.setdefault(key, member)
    for day, profiles in right.birth_dates.items():
        left.birth_dates[day] = left.birth_dates.get(day, []) + profiles
    for space, numbers in right.numbers.items():
        left.numbers[space] = left.numbers.get(space, set()) | numbers
    return left


def _differ(a: str | None, b: str | None) -> bool:
    return a is not None and b is not None and a != b


def _are_equal(a: date | None, b: date | None) -> bool:
    return a is not None and a == b


def _is_full(day: date) -> bool:
    """Whether the day is known: 1 January stands for a year without a day."""
    return (day.month, day.day) != (1, 1)


def _is_sure(left: Sequence[int], right: Sequence[int], scores: Scores) -> bool:
    """Whether some pair of the profiles is one person beyond doubt, their birth dates weighed in."""
    return any(scores.get((min(a, b), max(a, b)), 0) > SURE for a in left for b in right)


def are_two_birth_dates(first: date, second: date) -> bool:
    """Whether the dates differ by more than a typing error, which is one part of the date, or day and month exchanged."""
    differing = (first.year != second.year) + (first.month != second.month) + (first.day != second.day)
    is_exchanged = first.year == second.year and (first.month, first.day) == (second.day, second.month)
    return differing > 1 and not is_exchanged


def _is_mailbox_of(member: Member) -> bool:
    """Whether the mailbox begins with exactly this given name, or contains it as a word."""
    if member.given_name is None or member.email is None or len(member.given_name) < 3:
        return False
    mailbox = member.email.split("@")[0]
    return mailbox.startswith(member.given_name) or member.given_name in re.split(r"[^a-z]+", mailbox)


def is_another_generation(first: date, second: date) -> bool:
    """Whether the dates differ by so many years, and in more than one part, that they are of two people."""
    return are_two_birth_dates(first, second) and abs(first.year - second.year) >= GENERATION


def are_a_generation_apart(left: _Person, right: _Person) -> bool:
    """Whether some birth dates of two people are a generation apart."""
    return any(
        is_another_generation(first, second) for first in left.birth_dates for second in right.birth_dates
    )


def _spans_a_generation(parts: Sequence[_Person]) -> bool:
    days = {day for part in parts for day in part.birth_dates}
    return len(days) > 1 and max(days).year - min(days).year >= GENERATION


def _likelier(candidates: Sequence[_Person], person: _Person, scores: Scores) -> _Person | None:
    """Of people of several generations the one that a person fits better than all others by a margin; None: no such."""
    averages = []
    for candidate in candidates:
        weights = [
            scores[pair]
            for one in candidate.members
            for other in person.members
            if (pair := (min(one.profile_id, other.profile_id), max(one.profile_id, other.profile_id)))
            in scores
        ]
        averages.append(sum(weights) / len(weights) if weights else 0.0)
    best, second = sorted(averages, reverse=True)[:2]
    return candidates[averages.index(best)] if best >= second + MARGIN else None


def _is_misspelt(short: str, long: str) -> bool:
    """Whether one letter is added, lost, replaced or exchanged, in names of at least four letters (so not in Chinese names)."""
    if len(short) < 4 or len(long) - len(short) > 1:
        return False
    start = next((place for place, letter in enumerate(short) if letter != long[place]), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    is_exchanged = short[start : start + 2] == long[start : start + 2][::-1]
    return short[start + 1 :] == long[start + 1 :] or (
        is_exchanged and short[start + 2 :] == long[start + 2 :]
    )
