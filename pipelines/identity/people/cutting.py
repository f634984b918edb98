"""Parts a component that is in doubt: rejoins its profiles, strongest link first, never across a veto."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from pipelines.identity.rules import VetoRule

OVERRIDE_RANK = 0
# A birth date that one profile gives may be mistyped; one that two give is verified.
VERIFIED_BY = 2
# Bits beyond which two profiles are one person although their verified birth dates differ. Father and son of one name
# reach 10.5 where they share address, e-mail and phone; at 8 they were one person at their address already.
SURE = 11.0
# Average bits between two people beyond which one profile's name and date are taken for mistyped.
LIKELY = 6.0
# Of who is known by more profiles some would share something with one more of theirs, whose name alone therefore says nothing.
MOST_PROFILES = 5
# The vetoes that keep the members of a household apart.
_OF_HOUSEHOLDS = ("birth_date", "given_name_and_birth_date")
# Weight in bits by (smaller, larger profile id), of the pairs that tell anything.
Scores = Mapping[tuple[int, int], float]
_NO_SCORES: Scores = MappingProxyType({})
# A profile without a name, and the named profiles that write its contact point too.
Holders = tuple[int, list[int]]
# Profiles that bear one rare name, and profiles without a name whose mailbox spells it.
Bearers = tuple[list[int], list[int]]


@dataclass(frozen=True)
class Member:
    """What vetoes look at in one profile. `content` orders profiles by what they say, not by their numbers."""

    profile_id: int
    content: str
    birth_date: date | None = None
    given_name: str | None = None
    family_name: str | None = None
    generation: str | None = None
    only_number: str | None = None
    initial: str | None = None

    @property
    def called(self) -> str | None:
        """The full given name, or its initial where that is all."""
        return self.given_name or self.initial


@dataclass(frozen=True)
class Group:
    """Profiles that a rule of this rank takes for one person: by their number, or by a contact point a family may share."""

    rank: int
    members: tuple[Member, ...]
    is_by_contact_point: bool = False


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
        # The profiles that give each full birth date.
        self.birth_dates: dict[date, list[int]] = {}
        if member.birth_date is not None and _is_full(member.birth_date):
            self.birth_dates[member.birth_date] = [member.profile_id]
        key = member.profile_id if is_named_in_override else None
        self.distinct = {
            (
                key,
                member.birth_date,
                member.called,
                member.family_name,
                member.generation,
                member.only_number,
            ): member
        }


@dataclass
class _Between:
    """Sum and number of the weights between two people: of the pairs with both given names, and of the others."""

    named: float = 0.0
    named_count: int = 0
    other: float = 0.0
    other_count: int = 0

    def add(self, bits: float, is_named: bool) -> None:
        if is_named:
            self.named += bits
            self.named_count += 1
        else:
            self.other += bits
            self.other_count += 1

    def take(self, moved: "_Between") -> None:
        self.named += moved.named
        self.named_count += moved.named_count
        self.other += moved.other
        self.other_count += moved.other_count

    @property
    def average(self) -> float:
        return self.named / self.named_count if self.named_count else self.other / self.other_count


class Cutter:
    """Applies the vetoes that the rules name, and the `different` decisions of the overrides."""

    def __init__(
        self,
        vetoes: Sequence[VetoRule],
        different: Collection[tuple[int, int]] = (),
        aliases: Collection[tuple[str, str]] = (),
        *,
        are_households: bool = True,
    ) -> None:
        self._vetoes = vetoes
        # Names and dates forbid because a household shares all the rest. Where there are no households they are weighed like the rest.
        self._likely_vetoes = (
            vetoes if are_households else [rule for rule in vetoes if rule not in _OF_HOUSEHOLDS]
        )
        self._aliases = {frozenset(pair) for pair in aliases}
        self._different = {frozenset(pair) for pair in different}
        self._named = {profile_id for pair in different for profile_id in pair}

    def cut(
        self,
        members: Iterable[Member],
        groups: Iterable[Group],
        scores: Scores,
        nameless: Sequence[Holders] = (),
        bearers: Sequence[Bearers] = (),
    ) -> tuple[list[list[Member]], list[Veto]]:
        """The people within one component, and the vetoes that keep them apart.

        A decision `same` (rank 0) joins the two people that its profiles are part of without it: one line is enough
        whatever vetoes stand between their other profiles, and the next profile of either finds its own. Only where
        that would join what a decision `different` parts, its two profiles are joined first of all, and links lead
        as far as that other decision lets them. In the end who gave no name joins the person whose contact point it
        is, where that is one person; of several `nameless` entries of a profile the first decides.
        """
        members, groups = list(members), list(groups)
        decided = [group for group in groups if group.rank == OVERRIDE_RANK]
        parts, found = self._people(members, [one for one in groups if one.rank != OVERRIDE_RANK], scores)
        parts = _united(parts, decided)
        if decided and any(self._is_decided_against(part) for part in parts):
            parts, found = self._people(members, groups, scores)
        found |= self._join_bearers(parts, bearers)
        found |= self._join_nameless(parts, nameless)
        people = [part.members for part in parts if part.members]
        place = {member.profile_id: number for number, one in enumerate(people) for member in one}
        return people, sorted(
            veto for veto in found if place[veto.left_profile_id] != place[veto.right_profile_id]
        )

    def _is_decided_against(self, part: _Person) -> bool:
        ids = {member.profile_id for member in part.members}
        return any(pair <= ids for pair in self._different)

    def _people(
        self, members: Sequence[Member], groups: Sequence[Group], scores: Scores
    ) -> tuple[list[_Person], set[Veto]]:
        """People by links: certain ones first, then by likelihood.

        Every profile begins alone. Groups are taken in order of their rule's authority, then of content; within
        a group each person joins, in order of content, the first other one that no veto keeps from it. So what a
        veto cuts is the weakest link between its two sides, and the result depends on nothing but the profiles of
        this component and what they say. A group of rank 0 joins whatever the vetoes say. The people found so are
        then joined by likelihood: the two with the highest average weight between them first, as long as there are
        two with one above zero (average linkage).
        """
        person = {member: _Person(member, member.profile_id in self._named) for member in members}
        # Counted before any two are joined, or who comes first would decide whose date is verified.
        givers = Counter(member.birth_date for member in person if member.birth_date is not None)
        verified = {day for day, count in givers.items() if count >= VERIFIED_BY}
        found: set[Veto] = set()
        for group in sorted(
            groups, key=lambda group: (group.rank, min(member.content for member in group.members))
        ):
            counting = givers.keys() if group.is_by_contact_point else verified
            parts: list[_Person] = []
            for member in sorted(group.members, key=lambda member: member.content):
                if any(person[member] is part for part in parts):
                    continue
                for place, part in enumerate(parts):
                    veto = None
                    if group.rank != OVERRIDE_RANK:
                        veto = self._between(part, person[member], counting)
                    if veto is None and group.is_by_contact_point:
                        veto = self._between_names(part, person[member])
                    if veto is None:
                        parts[place] = _join(person, part, person[member])
                        break
                    found.add(veto)
                else:
                    parts.append(person[member])
        distinct = {id(one): one for one in person.values()}
        likely, vetoes = self._join_likely(list(distinct.values()), scores)
        return likely, found | vetoes

    def _between_names(self, left: _Person, right: _Person) -> Veto | None:
        """Two people of whom no given name is like one of the other's: who shares a contact point with both, and gives
        no name, does not make them one."""
        called = [
            {
                member.called: member.profile_id
                for member in one.distinct.values()
                if member.called is not None
            }
            for one in (left, right)
        ]
        if not all(called) or any(self._are_alike(a, b) for a in called[0] for b in called[1]):
            return None
        a_id, b_id = (min(one.values()) for one in called)
        return Veto(min(a_id, b_id), max(a_id, b_id), "given_name")

    def _are_alike(self, a: str, b: str) -> bool:
        """A spelling, a longer form or another form of one given name."""
        short, long = sorted((a, b), key=len)
        return long.startswith(short) or _is_misspelt(short, long) or frozenset((a, b)) in self._aliases

    def _join_bearers(self, parts: list[_Person], bearers: Sequence[Bearers]) -> set[Veto]:
        """Joins the two people who alone bear a rare name, and to who alone bears it the mailboxes that spell it, of
        people who give no name; none whose birth dates differ. Empties the parts that join another.

        Of three who bear it nothing is known.
        """
        part_of = {member.profile_id: part for part in parts for member in part.members}
        content = {member.profile_id: member.content for part in parts for member in part.members}
        found: set[Veto] = set()
        for named, in_mailboxes in sorted(bearers, key=lambda one: min(content[member] for member in one[0])):
            people = list(
                {id(part_of[one]): part_of[one] for one in sorted(named, key=content.__getitem__)}.values()
            )
            nameless = list(
                {
                    id(part_of[one]): part_of[one]
                    for one in sorted(in_mailboxes, key=content.__getitem__)
                    if not any(member.called or member.family_name for member in part_of[one].members)
                }.values()
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
        """Empties the parts that join another."""
        part_of = {member.profile_id: part for part in parts for member in part.members}
        content = {member.profile_id: member.content for part in parts for member in part.members}
        named = {holder for _, holders in nameless for holder in holders}
        found: set[Veto] = set()
        for profile_id, holders in sorted(nameless, key=lambda one: content[one[0]]):
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
        """Average linkage over people; a veto keeps two apart, and all that either becomes part of.

        Between two people of whom both gave full given names only the pairs that have both count: who lacks one fits
        husband and wife alike, and would join them.
        """
        parts.sort(key=lambda part: min(member.content for member in part.members))
        of_profile = {member.profile_id: place for place, part in enumerate(parts) for member in part.members}
        named = {member.profile_id for part in parts for member in part.members if member.given_name}
        # By pair of places: what the weights between them come to.
        sums: dict[int, dict[int, _Between]] = defaultdict(dict)
        for (left, right), bits in scores.items():
            a, b = of_profile[left], of_profile[right]
            if a != b:
                both = sums[b][a] = sums[a].setdefault(b, _Between())
                both.add(bits, left in named and right in named)
        queue = [(-both.average, a, b) for a, others in sums.items() for b, both in others.items() if a < b]
        heapq.heapify(queue)
        alive = set(range(len(parts)))
        found: set[Veto] = set()
        while queue and queue[0][0] < 0:
            average, a, b = heapq.heappop(queue)
            # A pair is queued again whenever its average changes: what is outdated is passed over.
            if a not in alive or b not in alive or -average != sums[a][b].average:
                continue
            veto = self._between(
                parts[a], parts[b], scores=scores, average=-average, rules=self._likely_vetoes
            )
            if veto is not None:
                found.add(veto)
                continue
            parts[a] = _joined(parts[a], parts[b])
            alive.discard(b)
            del sums[a][b]
            for other, moved in sums.pop(b).items():
                if other == a:
                    continue
                del sums[other][b]
                both = sums[other][a] = sums[a].setdefault(other, _Between())
                both.take(moved)
                heapq.heappush(queue, (-both.average, min(a, other), max(a, other)))
        return [parts[place] for place in sorted(alive)], found

    def _between(
        self,
        left: _Person,
        right: _Person,
        verified: Collection[date] = (),
        scores: Scores = _NO_SCORES,
        average: float = 0.0,
        rules: Sequence[VetoRule] | None = None,
    ) -> Veto | None:
        """The veto between two people; a birth date counts when it is `verified`, or by the profiles of these two.

        Where two names and dates contradict each other, but all else makes the two profiles, or on `average` the two
        people, likely one all the same, both were mistyped: nothing is vetoed. `rules` are all vetoes when not given.
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
        """The one of these rules that forbids two profiles to be one person whatever else is known of them, None when none does."""
        if self._different and frozenset((a.profile_id, b.profile_id)) in self._different:
            return "override"
        contradicts = {
            "given_name_and_birth_date": self._are_two_names_and_dates,
            "generation": lambda a, b: _differ(a.generation, b.generation),
            "customer_number": lambda a, b: _differ(a.only_number, b.only_number),
        }
        return next((rule for rule in rules if rule in contradicts and contradicts[rule](a, b)), None)

    def _are_two_names_and_dates(self, a: Member, b: Member) -> bool:
        """Other birth date, even a close one, and another given name: none like it, and not the family name."""
        if a.birth_date is None or b.birth_date is None or a.birth_date == b.birth_date:
            return False
        if a.given_name is None or b.given_name is None:
            return False
        if a.given_name == b.family_name or b.given_name == a.family_name:
            return False
        return not self._are_alike(a.given_name, b.given_name)


def _united(parts: Sequence[_Person], decided: Iterable[Group]) -> list[_Person]:
    """The parts, those joined that a group has members of."""
    part_of = {member.profile_id: part for part in parts for member in part.members}
    for group in decided:
        for member in group.members[1:]:
            part, first = part_of[member.profile_id], part_of[group.members[0].profile_id]
            if part is not first:
                part_of.update({moved.profile_id: first for moved in part.members})
                _joined(first, part)
    return list({id(part): part for part in part_of.values()}.values())


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
    return left


def _differ(a: str | None, b: str | None) -> bool:
    return a is not None and b is not None and a != b


def _is_full(day: date) -> bool:
    """1 January stands for a year of which the day is not known."""
    return (day.month, day.day) != (1, 1)


def _is_sure(left: Sequence[int], right: Sequence[int], scores: Scores) -> bool:
    """Whether some two of the profiles are beyond doubt one person, their birth dates included in the reckoning."""
    return any(scores.get((min(a, b), max(a, b)), 0) > SURE for a in left for b in right)


def are_two_birth_dates(first: date, second: date) -> bool:
    """Further apart than a typing error: one part of the date, or day and month exchanged."""
    differing = (first.year != second.year) + (first.month != second.month) + (first.day != second.day)
    is_exchanged = first.year == second.year and (first.month, first.day) == (second.day, second.month)
    return differing > 1 and not is_exchanged


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
