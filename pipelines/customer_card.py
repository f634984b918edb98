"""The card of one person, for whoever has them on the phone: who, since when, worth what, what lately.

It holds contact values: it is for authorised staff on their terminal and goes into no log or file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from pipelines.errors import StamgastError
from pipelines.identity.history import person_of

_PRODUCTS, _EVENTS = 5, 10


@dataclass(frozen=True)
class Housemate:
    """Another person of the same household."""

    person_id: int
    given_name: str | None
    family_name: str | None
    birth_date: date | None


@dataclass(frozen=True)
class Product:
    """A product the person bought; the revenue is net, in the base currency."""

    product_id: str
    product_name: str | None
    order_count: int
    net_revenue: Decimal
    last_order_date: date | None


@dataclass(frozen=True)
class Happening:
    """An event of the person's (UTC)."""

    event_at: datetime
    event_type: str
    subject: str | None
    amount: Decimal | None


@dataclass(frozen=True)
class Card:
    """`person`: the row of marts.customer_360 with identifiers; most bought products and newest events first."""

    person_id: int
    person: Mapping[str, Any]
    company_name: str | None
    housemates: Sequence[Housemate]
    segments: Sequence[str]
    products: Sequence[Product]
    events: Sequence[Happening]


def read_card(connection: duckdb.DuckDBPyConnection, asked: int) -> Card:
    """The card of the person whom a profile or person id, old ones included, leads to.

    `connection`: of publishing.opened. Raises StamgastError: the id leads to nobody.
    """
    person_id = person_of(connection, asked)
    if person_id is None:
        raise StamgastError(
            f"{asked} leads to no person of the published version; see what became of it: stamgast person explain {asked}"
        )
    result = connection.execute("from customers.marts.customer_360 where person_id = ?", [person_id])
    columns = [column[0] for column in result.description]
    person = dict(zip(columns, result.fetchall()[0], strict=True))
    return Card(
        person_id=person_id,
        person=person,
        company_name=_company_name(connection, person["account_id"]) or person["company_name"],
        housemates=[
            Housemate(*row)
            for row in connection.execute(
                """
                select person_id, given_name, family_name, birth_date
                from customers.core.dim_person
                where household_id = ? and person_id <> ?
                order by person_id
                """,
                [person["household_id"], person_id],
            ).fetchall()
        ],
        segments=[
            row[0]
            for row in connection.execute(
                "select segment from customers.marts.segment_members where person_id = ? order by segment",
                [person_id],
            ).fetchall()
        ],
        products=[
            Product(*row)
            for row in connection.execute(
                f"""
                select bought.product_id, product.product_name, bought.order_count, bought.net_revenue,
                    bought.last_order_date
                from marts.person_products as bought
                left join core.dim_product as product on bought.product_id = product.product_id
                where bought.person_id = ? and bought.order_count > 0
                order by bought.order_count desc, bought.net_revenue desc, bought.product_id
                limit {_PRODUCTS}
                """,
                [person_id],
            ).fetchall()
        ],
        events=[
            Happening(*row)
            for row in connection.execute(
                f"""
                select event_at, event_type, subject, base_amount
                from marts.person_timeline
                where person_id = ?
                order by event_at desc, event_type, feed, record_key
                limit {_EVENTS}
                """,
                [person_id],
            ).fetchall()
        ],
    )


def _company_name(connection: duckdb.DuckDBPyConnection, account_id: int | None) -> str | None:
    rows = connection.execute(
        "select company_name from customers.core.dim_account where account_id = ?", [account_id]
    ).fetchall()
    return rows[0][0] if rows else None
