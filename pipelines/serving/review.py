"""The review queue of the published version, with the names and records that a decision needs."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import duckdb

from pipelines.errors import StamgastError
from pipelines.identity.decisions.deciding import Decision, add_override
from pipelines.identity.decisions.overrides import Override, Subject, overrides_file, read_overrides
from pipelines.identity.profiles.records import read_rows
from pipelines.landing.loads import next_profile_id, read_loads
from pipelines.publishing.versions import current_version
from pipelines.settings import Settings
from pipelines.warehouse.database import attach, connect
from pipelines.warehouse.locking import locked
from pipelines.warehouse.places import Places

Kind = Literal["pair", "cluster", "account"]


@dataclass(frozen=True)
class Question:
    """Whether two records are of one person, the smaller first; or name one company, the doubtful one first."""

    subject: Subject
    left_profile_id: int
    right_profile_id: int

    @property
    def pair(self) -> tuple[int, int]:
        """Both records."""
        return self.left_profile_id, self.right_profile_id


def question_of(item: str) -> Question:
    """The question in the name of an item, in the queue or not: 1042-2210 or account-77-3105.

    Raises StamgastError: it names no two profiles.
    """
    match = re.fullmatch("(account-)?([0-9]{1,18})-([0-9]{1,18})", item)
    if match is None:
        raise StamgastError(
            f"{item}: is no item; name two records, such as 1042-2210, or see: stamgast identity review"
        )
    left, right = int(match[2]), int(match[3])
    if match[1]:
        return Question("company", left, right)
    return Question("person", min(left, right), max(left, right))


@dataclass(frozen=True)
class Item:
    """One row of marts.review_queue, with the names of those it is about; columns as described there."""

    item: str
    item_rank: int
    kind: Kind
    reason: str
    contradictions: Sequence[str] | None
    weight: float | None
    change_probability: float
    profile_count: int
    revenue_moved: Decimal
    currency: str
    permission_conflict_count: int
    left_name: str
    right_name: str

    @property
    def question(self) -> Question:
        """What is to be decided."""
        return question_of(self.item)


_QUEUE = """
    with people as (
        select person_id, concat_ws(', ', nullif(concat_ws(' ', given_name, family_name), ''), city) as name
        from customers.core.dim_person
    ),

    companies as (
        select memberships.profile_id, concat_ws(', ', accounts.company_name, accounts.city) as name
        from analytics.identity.profile_account as memberships
        inner join customers.core.dim_account as accounts on memberships.account_id = accounts.account_id
    )

    select
        queue.item, queue.item_rank, queue.kind, queue.reason, queue.contradictions, queue.weight, queue.change_probability,
        queue.profile_count, queue.revenue_moved, queue.currency, queue.permission_conflict_count,
        coalesce(left_person.name, left_company.name, ''), coalesce(right_person.name, right_company.name, '')
    from analytics.marts.review_queue as queue
    left join people as left_person on queue.left_person_id = left_person.person_id
    left join people as right_person on queue.right_person_id = right_person.person_id
    left join companies as left_company
        on queue.kind = 'account' and queue.left_profile_id = left_company.profile_id
    left join companies as right_company
        on queue.kind = 'account' and queue.right_profile_id = right_company.profile_id
"""


def read_queue(
    places: Places, kind: Kind | None = None, decided: Collection[Question] = (), limit: int | None = None
) -> list[Item]:
    """The items of the published version by rank, but for those `decided`; of one kind, so many at most.

    Raises StamgastError: nothing is published, or a version without a queue.
    """
    with _published(places) as connection:
        rows = connection.execute(
            f"{_QUEUE} where ? is null or queue.kind = ? order by queue.item_rank limit ?",
            # Enough, whichever of them were decided since.
            [kind, kind, None if limit is None else limit + len(decided)],
        ).fetchall()
    items = [Item(*row) for row in rows]
    return [item for item in items if item.question not in decided][:limit]


def find_item(places: Places, name: str) -> Item | None:
    """The item of that name, None when the queue has none.

    Raises StamgastError: as `read_queue`.
    """
    with _published(places) as connection:
        rows = connection.execute(f"{_QUEUE} where queue.item = ?", [name]).fetchall()
    return Item(*rows[0]) if rows else None


def count_items(places: Places) -> dict[Kind, int]:
    """How many items of each kind the published version has.

    Raises StamgastError: as `read_queue`.
    """
    with _published(places) as connection:
        return dict(
            connection.execute(
                "select kind, count(*) from analytics.marts.review_queue group by kind order by kind"
            ).fetchall()
        )


@dataclass(frozen=True)
class Record:
    """One contact block as a source sent it, normalised, and the person or company it is part of (None: of nobody)."""

    profile_id: int
    part_of: int | None
    feed: str
    given_name: str | None
    family_name: str | None
    birth_date: date | None
    email: str | None
    phone: str | None
    address: str | None
    customer_number: str | None
    company_name: str | None
    legal_number: str | None


_GROUPS: dict[Subject, tuple[str, str]] = {
    "person": ("profile_person", "person_id"),
    "company": ("profile_account", "account_id"),
}


def read_records(places: Places, question: Question, limit: int) -> tuple[list[Record], int]:
    """The records of the people or companies that the two are part of, the two first; and how many `limit` left out.

    Raises StamgastError: nothing is published; a profile that no load knows.
    """
    table, group = _GROUPS[question.subject]
    with _published(places) as connection:
        part_of = dict(
            connection.execute(
                f"""
                select profile_id, {group}
                from analytics.identity.{table}
                where {group} in (
                    select {group} from analytics.identity.{table} where profile_id in (select unnest(?))
                )
                order by {group}, profile_id
                """,
                [list(question.pair)],
            ).fetchall()
        )
    ids = list(dict.fromkeys([*question.pair, *part_of]))
    shown = ids[:limit]
    rows = {row["profile_id"]: row for row in read_rows(places, read_loads(places), shown)}
    for profile_id in question.pair:
        if profile_id not in rows:
            raise StamgastError(f"there is no record of profile {profile_id}; correct the number")
    records = [_record(rows[one], part_of.get(one)) for one in shown if one in rows]
    return records, len(ids) - len(shown)


def _record(row: Mapping[str, Any], part_of: int | None) -> Record:
    street = [row["street_clean"], row["house_number_clean"]]
    place = [row["postcode_clean"], row["city_clean"]]
    lines = [" ".join(filter(None, street)), " ".join(filter(None, place)), row["country_clean"]]
    return Record(
        profile_id=row["profile_id"],
        part_of=part_of,
        feed=row["feed"],
        given_name=row["given_name_clean"],
        family_name=row["family_name_clean"],
        birth_date=row["birth_date_clean"],
        email=row["email_clean"],
        phone=row["phone_clean"],
        address=", ".join(filter(None, lines)) or None,
        customer_number=row["customer_number"],
        company_name=row["company_name_clean"],
        legal_number=row["company_number_clean"] or row["vat_number_clean"],
    )


@contextmanager
def _published(places: Places) -> Iterator[duckdb.DuckDBPyConnection]:
    """Both published databases, to read."""
    version = current_version(places)
    if version is None:
        raise StamgastError(f"{places.current}: nothing is published; run: stamgast run")
    # The version itself, not the link: that may be switched between the two.
    folder = places.current.resolve()
    with connect(places) as connection:
        for database in ("analytics", "customers"):
            attach(connection, places, folder / f"{database}.duckdb", read_only=True)
        if not connection.execute(
            "select 1 from duckdb_columns() where database_name = 'analytics' and schema_name = 'marts' "
            "and table_name = 'review_queue' and column_name = 'contradictions'"
        ).fetchall():
            raise StamgastError(
                f"version {version.name} has no review queue yet, or one that tells no contradictions; run: stamgast run"
            )
        yield connection


SUBJECTS: tuple[Subject, ...] = ("person", "company")


def standing_decisions(settings: Settings) -> dict[Subject, list[Override]]:
    """The decisions that count on `as_of`, those since the last run too."""
    return {
        subject: read_overrides(overrides_file(settings.sources, subject), settings.as_of)
        for subject in SUBJECTS
    }


def decided_questions(standing: Mapping[Subject, Sequence[Override]]) -> set[Question]:
    """What these decisions answer; of people the order of the two records says nothing."""
    people = {Question("person", *one.pair) for one in standing["person"]}
    return people | {
        Question("company", one.left_profile_id, one.right_profile_id) for one in standing["company"]
    }


def decide(
    settings: Settings, question: Question, is_same: bool, author: str, reason: str, expires: date | None
) -> Override:
    """Writes a decision, dated `as_of`, into the file of its subject; the next run applies it.

    Raises StamgastError: the decision cannot stand, or a run is under way.
    """
    decision = Decision(is_same, question.pair, author, reason, settings.as_of, expires)
    with locked(settings.places):
        newest = next_profile_id(read_loads(settings.places)) - 1
        return add_override(overrides_file(settings.sources, question.subject), decision, newest)
