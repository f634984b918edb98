"""Why profiles are one person, and why others are not: everything that was published about one id.

What it gives holds contact values: it is for authorised staff on their terminal and goes into no log, file or plot.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import duckdb

from pipelines.contracts import CONTACT_BLOCK
from pipelines.errors import StamgastError
from pipelines.identity.decisions.overrides import Override, parse_overrides, read_text
from pipelines.identity.history.events import person_of
from pipelines.identity.likelihood.model import IdentityModel
from pipelines.identity.profiles.records import (
    BadValue,
    Profile,
    bad_values_of,
    profiles_of,
    read_rows,
)
from pipelines.landing.loads import Load, load_of, read_loads
from pipelines.warehouse.places import Places

_NEEDED = {
    "links",
    "near_links",
    "vetoes",
    "resolution",
    "resolution.model_file",
    "overrides",
    "person_events",
    "profile_person_history",
    "review_queue.contradictions",
}


@dataclass(frozen=True)
class Pair:
    """Two profiles: the rules that link them, the score, and what keeps them apart when they are not one person.

    `rules`: as in identity.links. `apart`: None within one person. `weight` in bits (log2 odds) and `probability` are
    None where the pair was not scored. `levels`: comparison -> label, None where one side lacks the field.
    """

    left_profile_id: int
    right_profile_id: int
    rules: tuple[str, ...]
    apart: str | None
    weight: float | None
    probability: float | None
    levels: Mapping[str, str | None]

    @property
    def ids(self) -> tuple[int, int]:
        """Both profiles, the smaller first."""
        return self.left_profile_id, self.right_profile_id

    @property
    def _strength(self) -> tuple[int, float]:
        """In order of authority: a decision, a rule, likelihood."""
        rank = 2 if "override" in self.rules else 1 if set(self.rules) - {"probable"} else 0
        return rank, self.weight if self.weight is not None else 0.0


@dataclass(frozen=True)
class Veto:
    """A row of identity.vetoes: two profiles that may not be one person."""

    left_profile_id: int
    right_profile_id: int
    rule: str

    @property
    def ids(self) -> tuple[int, int]:
        """Both profiles, the smaller first."""
        return self.left_profile_id, self.right_profile_id


@dataclass(frozen=True)
class Against:
    """Two records of one person that contradict each other, the smaller first; `contradictions` as in marts.review_queue.

    The first two of the person; others may contradict in the same.
    """

    left_profile_id: int
    right_profile_id: int
    contradictions: Sequence[str]


@dataclass(frozen=True)
class Decided:
    """A row of identity.overrides: a decision about two profiles that counts in the published version.

    `as_written`: the same in the file of decisions, which alone says who decided and why; None where it does not have it.
    """

    left_profile_id: int
    right_profile_id: int
    is_same: bool
    decided_on: date
    line: int
    as_written: Override | None

    @property
    def ids(self) -> tuple[int, int]:
        """Both profiles, the smaller first."""
        return self.left_profile_id, self.right_profile_id


@dataclass(frozen=True)
class Event:
    """A row of identity.person_events."""

    event_date: date
    version: int
    person_id: int
    event: str
    other_person_id: int | None
    profile_count: int


# Its person was erased; its load was dropped; its retention or licence ended, which left the number.
Gone = Literal["erased", "dropped", "emptied"]


@dataclass(frozen=True)
class Explanation:
    """What is known about the person behind an id, or about two profiles and their people.

    `people`: the person each asked id leads to today, None: nobody. `links` connect all profiles of the person, the
    strongest that do; `further_links` is how many more there are; `against` speaks against one of the people asked for. `apart`: the strongest pair with each other person,
    with two ids every pair between their people. `decided`: what counts in the published version, `decisions`: the lines
    of the file about these profiles. `person`: whose each active profile named anywhere is,
    `accounts`: the company it names, where it names one.
    `profiles_scored`, `model`: of the resolution that was published. `gone`: of an asked id that leads to nobody, why
    its record holds nothing more.
    """

    people: Mapping[int, int | None]
    gone: Mapping[int, Gone]
    profiles: Sequence[Profile]
    links: Sequence[Pair]
    further_links: int
    against: Sequence[Against]
    accounts: Mapping[int, int]
    apart: Sequence[Pair]
    vetoes: Sequence[Veto]
    person: Mapping[int, int]
    bad_values: Sequence[BadValue]
    decided: Sequence[Decided]
    decisions: Sequence[Override]
    events: Sequence[Event]
    profiles_scored: int
    model: IdentityModel

    @property
    def decided_apart(self) -> list[Decided]:
        """The decisions that part the people asked for, or the one person from others."""
        asked = set(self.people.values())
        return [
            one
            for one in self.decided
            if not one.is_same
            and len(people := {self.person.get(profile_id) for profile_id in one.ids} - {None}) == 2
            and (len(self.people) == 1 or people == asked)
        ]

    def parted_by(self, pair: Pair) -> Decided | None:
        """The decision about a pair that is kept apart; where its people are parted by one about other records, that."""
        people = {self.person[profile_id] for profile_id in pair.ids}
        for one in (found := self.decided_apart):
            if one.ids == pair.ids:
                return one
        if pair.apart != "veto":
            return None
        return next((one for one in found if people == {self.person[each] for each in one.ids}), None)


def explain(
    connection: duckdb.DuckDBPyConnection,
    places: Places,
    loads: Sequence[Load],
    overrides: Path,
    asked: int,
    other: int | None = None,
) -> Explanation:
    """What was published about the person behind a profile or person id, old ones included.

    With `other`: only the links that lead from the one profile to the other, or, of two people, what lies between
    them, the pair itself first.
    `connection`: of publishing.opened. `loads`: all there are; their profiles hold the contact values.
    Raises StamgastError: no such id; a version that lacks what this needs; overrides that cannot be read.
    """
    refuse_old(connection)
    ids = [asked] if other is None else [asked, other]
    for number in ids:
        _refuse_unknown(loads, number)
    people = {number: person_of(connection, number) for number in ids}
    found = {person for person in people.values() if person is not None}
    members = _members(connection, found)
    vetoes = _vetoes(connection, members)
    decided = _decided(connection, overrides, {*ids, *members})
    pairs, person = _pairs(connection, members, [*vetoes, *decided])
    inside = [pair for pair in pairs if pair.apart is None]
    apart = [pair for pair in pairs if pair.apart is not None]
    links = _tree(inside)
    further = len(inside) - len(links)
    if other is None:
        apart = _strongest_by_people(apart, person)
    else:
        links = _way(inside, links, asked, other) if len(found) == 1 else []
        apart = [pair for pair in apart if {person[one] for one in pair.ids} == found]
        apart.sort(key=lambda pair: set(pair.ids) != set(ids))
        vetoes = [veto for veto in vetoes if {person.get(one) for one in veto.ids} == found]
        further = 0
    shown = {*ids, *(members if other is None else (one for pair in (*links, *apart) for one in pair.ids))}
    rows = read_rows(places, loads, shown)
    kept = {row["profile_id"]: any(row[column] for column in CONTACT_BLOCK) for row in rows}
    return Explanation(
        people=people,
        gone={
            number: why
            for number, person_id in people.items()
            if person_id is None and (why := _gone(loads, number, kept))
        },
        profiles=profiles_of(connection, loads, rows),
        links=links,
        further_links=further,
        against=[one for person_id in sorted(found) if (one := find_against(connection, person_id))],
        accounts=_accounts(connection, shown),
        apart=apart,
        vetoes=vetoes,
        person=person,
        bad_values=bad_values_of(connection, rows),
        decided=decided,
        decisions=_decisions(overrides, shown),
        events=_events(connection, {*ids, *found}),
        **_resolution(connection),
    )


def found_person(connection: duckdb.DuckDBPyConnection, places: Places, asked: int) -> int:
    """The person whom a profile or person id, old ones included, leads to.

    `connection`: of publishing.opened. Raises StamgastError: nobody, with where it is told why if there is anything to tell.
    """
    person_id = person_of(connection, asked)
    if person_id is None:
        _refuse_unknown(read_loads(places), asked)
        raise StamgastError(
            f"{asked} leads to no person of the published version; see what became of it: stamgast person explain {asked}"
        )
    return person_id


def find_against(connection: duckdb.DuckDBPyConnection, person_id: int) -> Against | None:
    """What contradicts inside a person of the published version, None: nothing that no decision settled.

    `connection`: of publishing.opened, with a version that `refuse_old` lets through.
    """
    rows = connection.execute(
        """
        select left_profile_id, right_profile_id, contradictions from analytics.marts.review_queue
        where reason = 'contradiction' and left_person_id = ?
        """,
        [person_id],
    ).fetchall()
    return Against(*rows[0]) if rows else None


def _refuse_unknown(loads: Sequence[Load], number: int) -> None:
    if load_of(loads, number) is None:
        raise StamgastError(
            f"there is no profile or person {number}; take a person_id from marts.customer_360 or a profile_id from core.fct_*"
        )


def _gone(loads: Sequence[Load], number: int, kept: Mapping[int, bool]) -> Gone | None:
    """Why a record holds nothing; `kept`: of each row there is, whether it has a value."""
    load = load_of(loads, number)
    if number in kept:
        return None if kept[number] else "emptied"
    return "dropped" if load is not None and load.status == "dropped" else "erased"


def refuse_old(connection: duckdb.DuckDBPyConnection) -> None:
    """Raises StamgastError: a version of before something that cards and explanations tell."""
    rows = connection.execute(
        "select table_name, table_name || '.' || column_name from duckdb_columns() "
        "where database_name = 'analytics' and (schema_name = 'identity' or table_name = 'review_queue')"
    ).fetchall()
    if missing := sorted(_NEEDED - {name for row in rows for name in row}):
        schema = "marts" if missing[0].startswith("review_queue") else "identity"
        raise StamgastError(
            f"the version in force was published before there was {schema}.{missing[0]}; publish a new one: stamgast run"
        )


def _members(connection: duckdb.DuckDBPyConnection, people: Collection[int]) -> dict[int, int]:
    """Profile -> person, of all profiles of these people."""
    return dict(
        connection.execute(
            "select profile_id, person_id from identity.profile_person "
            "where person_id in (select unnest(?::bigint[])) order by profile_id",
            [sorted(people)],
        ).fetchall()
    )


def _pairs(
    connection: duckdb.DuckDBPyConnection, members: Mapping[int, int], named: Sequence[Veto | Decided]
) -> tuple[list[Pair], dict[int, int]]:
    """Every link and near link of these profiles, one a pair, the strongest first; and whose each profile is, those named too."""
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    rules: dict[tuple[int, int], list[str]] = defaultdict(list)
    reasons: dict[tuple[int, int], str] = {}
    for table in ("links", "near_links"):
        result = connection.execute(
            f"""
            from identity.{table}
            where left_profile_id in (select unnest($ids::bigint[])) or right_profile_id in (select unnest($ids::bigint[]))
            """,
            {"ids": list(members)},
        )
        columns = [column[0] for column in result.description]
        for values in result.fetchall():
            row = dict(zip(columns, values, strict=True))
            ids = (row["left_profile_id"], row["right_profile_id"])
            rows[ids] = row
            if "rule" in row:
                rules[ids].append(row["rule"])
            else:
                reasons[ids] = row["reason"]
    others = sorted({one for ids in (*rows, *(each.ids for each in named)) for one in ids})
    person = dict(members) | dict(
        connection.execute(
            "select profile_id, person_id from identity.profile_person where profile_id in (select unnest(?::bigint[]))",
            [others],
        ).fetchall()
    )
    pairs = [
        Pair(
            *ids,
            rules=tuple(rules[ids]),
            apart=None if person[ids[0]] == person[ids[1]] else reasons.get(ids, "overruled"),
            weight=row["weight"],
            probability=row["probability"],
            levels={
                column.removesuffix("_level"): value
                for column, value in row.items()
                if column.endswith("_level")
            },
        )
        for ids, row in sorted(rows.items())
    ]
    return sorted(pairs, key=lambda pair: pair._strength, reverse=True), person


def _tree(pairs: Iterable[Pair]) -> list[Pair]:
    """Of pairs, strongest first, those that connect profiles which stronger ones have not connected."""
    group: dict[int, set[int]] = {}
    chosen = []
    for pair in pairs:
        left, right = (group.setdefault(one, {one}) for one in pair.ids)
        if left is not right:
            chosen.append(pair)
            left |= right
            for one in right:
                group[one] = left
    return chosen


def _strongest_by_people(pairs: Iterable[Pair], person: Mapping[int, int]) -> list[Pair]:
    """Of pairs, strongest first, the first between each two people."""
    first: dict[frozenset[int], Pair] = {}
    for pair in pairs:
        first.setdefault(frozenset(person[one] for one in pair.ids), pair)
    return list(first.values())


def _way(pairs: Iterable[Pair], tree: Sequence[Pair], start: int, end: int) -> list[Pair]:
    """What links two profiles of one person: the pair itself if it was looked at, and the way along the tree."""
    direct = [pair for pair in pairs if set(pair.ids) == {start, end}]
    came_by: dict[int, Pair] = {}
    ahead = deque([start])
    while ahead and end not in came_by:
        here = ahead.popleft()
        for pair in tree:
            there = sum(pair.ids) - here
            if here in pair.ids and there != start and there not in came_by:
                came_by[there] = pair
                ahead.append(there)
    way: list[Pair] = []
    here = end
    while here in came_by:
        way.insert(0, came_by[here])
        here = sum(came_by[here].ids) - here
    return direct if way == direct else direct + way


def _vetoes(connection: duckdb.DuckDBPyConnection, members: Collection[int]) -> list[Veto]:
    rows = connection.execute(
        """
        select left_profile_id, right_profile_id, rule
        from identity.vetoes
        where left_profile_id in (select unnest($ids::bigint[])) or right_profile_id in (select unnest($ids::bigint[]))
        order by all
        """,
        {"ids": list(members)},
    ).fetchall()
    return [Veto(*row) for row in rows]


def _accounts(connection: duckdb.DuckDBPyConnection, profile_ids: Collection[int]) -> dict[int, int]:
    return dict(
        connection.execute(
            "select profile_id, account_id from identity.profile_account where profile_id in (select unnest(?::bigint[]))",
            [sorted(profile_ids)],
        ).fetchall()
    )


def _decided(
    connection: duckdb.DuckDBPyConnection, path: Path, profile_ids: Collection[int]
) -> list[Decided]:
    rows = connection.execute(
        """
        select
            least(left_profile_id, right_profile_id), greatest(left_profile_id, right_profile_id),
            decision = 'same', decided_date, line
        from identity.overrides
        where
            subject = 'person'
            and (left_profile_id in (select unnest($ids::bigint[])) or right_profile_id in (select unnest($ids::bigint[])))
        order by line
        """,
        {"ids": sorted(profile_ids)},
    ).fetchall()
    # Not by line: another one may have been taken out above it.
    written = {(*one.pair, one.is_same, one.decided_on): one for one in _decisions(path, profile_ids)}
    return [
        Decided(left, right, is_same, decided_on, line, written.get((left, right, is_same, decided_on)))
        for left, right, is_same, decided_on, line in rows
    ]


def _decisions(path: Path, profile_ids: Collection[int]) -> list[Override]:
    """The lines of the overrides that name one of these profiles, those that count no more included."""
    if not path.exists():
        return []
    return [one for one in parse_overrides(path, read_text(path)) if set(one.pair) & set(profile_ids)]


def _events(connection: duckdb.DuckDBPyConnection, people: Collection[int]) -> list[Event]:
    rows = connection.execute(
        """
        select event_date, version, person_id, event, other_person_id, profile_count
        from identity.person_events
        where person_id in (select unnest($ids::bigint[])) or other_person_id in (select unnest($ids::bigint[]))
        order by version, person_id, event, other_person_id
        """,
        {"ids": sorted(people)},
    ).fetchall()
    return [Event(*row) for row in rows]


def _resolution(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    ((profiles, file),) = connection.execute(
        "select profiles, model_file from identity.resolution"
    ).fetchall()
    return {"profiles_scored": profiles, "model": IdentityModel.model_validate_json(file)}
