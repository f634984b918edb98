"""The review queue of the published version, with the names and records that a decision needs."""

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import duckdb

from pipelines.database import connect, text, texts
from pipelines.errors import StamgastError
from pipelines.landing.loads import read_loads
from pipelines.publishing import current_version
from pipelines.settings import Places

Kind = Literal["pair", "cluster", "account"]
Pair = tuple[int, int]


@dataclass(frozen=True)
class Item:
    """One row of marts.review_queue, with the names of those it is about; columns as described there."""

    item: str
    item_rank: int
    kind: Kind
    reason: str
    left_profile_id: int
    right_profile_id: int | None
    left_person_id: int | None
    right_person_id: int | None
    weight: float | None
    profile_count: int
    revenue_moved: Decimal
    currency: str
    permission_conflict_count: int
    left_name: str
    right_name: str

    @property
    def pair(self) -> Pair | None:
        """The two profiles a decision is about; None for an account, which is not decided by overrides."""
        return None if self.right_profile_id is None else (self.left_profile_id, self.right_profile_id)


@dataclass(frozen=True)
class Record:
    """One contact block as a source sent it, normalised, and the person it is part of."""

    profile_id: int
    person_id: int | None
    feed: str
    given_name: str | None
    family_name: str | None
    birth_date: date | None
    email: str | None
    phone: str | None
    address: str | None
    customer_number: str | None
    company_name: str | None


_QUEUE = """
    with people as (
        select person_id, concat_ws(', ', nullif(concat_ws(' ', given_name, family_name), ''), city) as name
        from customers.core.dim_person
    ),

    companies as (
        select
            candidates.profile_id,
            any_value(own.company_name) as own_name,
            string_agg(concat_ws(', ', company.company_name, company.city), ' or ' order by company.account_id) as name
        from analytics.identity.account_candidates as candidates
        inner join analytics.identity.profile_account as membership using (profile_id)
        left join customers.core.dim_account as own on membership.account_id = own.account_id
        left join customers.core.dim_account as company on candidates.account_id = company.account_id
        group by candidates.profile_id
    )

    select
        queue.item, queue.item_rank, queue.kind, queue.reason, queue.left_profile_id, queue.right_profile_id,
        queue.left_person_id, queue.right_person_id, queue.weight, queue.profile_count, queue.revenue_moved,
        queue.currency, queue.permission_conflict_count,
        coalesce(companies.own_name, left_person.name, ''),
        coalesce(companies.name, right_person.name, '')
    from analytics.marts.review_queue as queue
    left join people as left_person on queue.left_person_id = left_person.person_id
    left join people as right_person on queue.right_person_id = right_person.person_id
    left join companies on queue.kind = 'account' and queue.left_profile_id = companies.profile_id
"""


def read_queue(
    places: Places, kind: Kind | None = None, decided: Collection[Pair] = (), limit: int | None = None
) -> list[Item]:
    """The items of the published version by rank, but for the pairs `decided`; of one kind, so many at most.

    Raises StamgastError: nothing is published, or a version without a queue.
    """
    with _published(places) as connection:
        rows = connection.execute(
            f"{_QUEUE} where ? is null or queue.kind = ? order by queue.item_rank limit ?",
            # Enough, whichever of them were decided since.
            [kind, kind, None if limit is None else limit + len(decided)],
        ).fetchall()
    items = [Item(*row) for row in rows]
    return [item for item in items if item.pair not in decided][:limit]


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


def pair_of(name: str) -> Pair:
    """The two profiles in the name of an item, or of any pair written the same way; the smaller first.

    Raises StamgastError: it names no two profiles.
    """
    if re.fullmatch("account-[0-9]+", name):
        raise StamgastError(
            f"{name}: overrides join and part people, not companies; give the record its legal number at the source"
        )
    match = re.fullmatch("([0-9]{1,18})-([0-9]{1,18})", name)
    if match is None:
        raise StamgastError(
            f"{name}: is no item; name two profiles, such as 1042-2210, or see: stamgast identity review"
        )
    left, right = sorted(map(int, match.groups()))
    return left, right


def read_records(places: Places, pair: Sequence[int]) -> list[Record]:
    """The records of the people whom these profiles are part of, person by person, the profiles themselves first.

    Raises StamgastError: nothing is published; a profile that no load knows.
    """
    with _published(places) as connection:
        wanted = dict(
            connection.execute(
                """
                select profile_id, person_id
                from analytics.identity.profile_person
                where person_id in (
                    select person_id from analytics.identity.profile_person where profile_id in (select unnest(?))
                )
                """,
                [list(pair)],
            ).fetchall()
        )
        ids = sorted({*wanted, *pair})
        files = [
            load.folder(places) / "profiles.parquet"
            for load in read_loads(places)
            if load.first_profile_id is not None
            and load.last_profile_id is not None
            and any(load.first_profile_id <= one <= load.last_profile_id for one in ids)
        ]
        files = [path for path in files if path.exists()]
        rows = (
            connection.execute(
                f"""
                select
                    profile_id, feed, given_name_clean, family_name_clean, birth_date_clean, email_clean, phone_clean,
                    nullif(concat_ws(
                        ', ', nullif(concat_ws(' ', street_clean, house_number_clean), ''),
                        nullif(concat_ws(' ', postcode_clean, city_clean), ''), country_clean
                    ), ''),
                    nullif(trim(customer_number), ''), company_name_clean
                from read_parquet({texts(files)}, union_by_name = true)
                where profile_id in (select unnest(?))
                """,
                [ids],
            ).fetchall()
            if files
            else []
        )
    records = [Record(profile_id, wanted.get(profile_id), *values) for profile_id, *values in rows]
    for profile_id in pair:
        if not any(record.profile_id == profile_id for record in records):
            raise StamgastError(f"there is no record of profile {profile_id}; correct the number")
    return sorted(
        records,
        key=lambda record: (
            record.person_id is None,
            record.person_id,
            record.profile_id not in pair,
            record.profile_id,
        ),
    )


@contextmanager
def _published(places: Places) -> Iterator[duckdb.DuckDBPyConnection]:
    """Both published databases, to read."""
    version = current_version(places)
    if version is None:
        raise StamgastError(f"{places.current}: nothing is published; run: stamgast run")
    # The version itself, not the link: that may be switched between the two.
    folder = places.current.resolve()
    with connect(places.temp) as connection:
        for database in ("analytics", "customers"):
            connection.execute(f"attach {text(folder / f'{database}.duckdb')} as {database} (read_only)")
        if not connection.execute(
            "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = 'review_queue'"
        ).fetchall():
            raise StamgastError(f"version {version.name} has no review queue yet; run: stamgast run")
        yield connection
