"""The card of one person, for whoever has them on the phone: who, since when, worth what, what lately.

It holds contact values: it is for authorised staff on their terminal and goes into no log or file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from pipelines.serving.explaining import Against, find_against, found_person, refuse_old
from pipelines.warehouse.places import Places

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
class Ticket:
    """A ticket that is not closed (UTC)."""

    opened_at: datetime
    ticket_id: str
    category: str | None
    status: str | None
    product_name: str | None


@dataclass(frozen=True)
class Happening:
    """What the person did or was sent (UTC): one event, an order with all its lines, or the visits of a day."""

    event_at: datetime
    event_type: str
    subject: str | None
    detail: str | None
    row_count: int
    amount: Decimal | None


@dataclass(frozen=True)
class Card:
    """`person`: the row of marts.customer_360 with identifiers; most bought products and newest events first.

    `deceased`: the feeds of lists on which the person, or somebody who shares a contact point, stands as deceased, with
    the day of the entry. `wished`, `abandoned`: names of products on the wish list and left in the basket, the latest
    first. `against`: what contradicts among the records of the person. `email_comes_back`: mail to the e-mail address came back and nothing has been heard from there since.
    `to_verify`: what is golden but no longer likely enough, by attribute, with the probability of still being right.
    """

    person_id: int
    person: Mapping[str, Any]
    company_name: str | None
    housemates: Sequence[Housemate]
    segments: Sequence[str]
    products: Sequence[Product]
    wished: Sequence[str]
    abandoned: Sequence[str]
    against: Against | None
    deceased: Sequence[tuple[str, date]]
    email_comes_back: bool
    to_verify: Mapping[str, Decimal]
    tickets: Sequence[Ticket]
    events: Sequence[Happening]


def read_card(connection: duckdb.DuckDBPyConnection, places: Places, asked: int, day: date) -> Card:
    """The card of the person whom a profile or person id, old ones included, leads to.

    `connection`: of publishing.opened; `places`: where the loads are; `day`: the `as_of` of the version.
    Raises StamgastError: the id leads to nobody; a version that lacks what this needs.
    """
    refuse_old(connection)
    person_id = found_person(connection, places, asked)
    result = connection.execute("from customers.marts.customer_360 where person_id = ?", [person_id])
    columns = [column[0] for column in result.description]
    person = dict(zip(columns, result.fetchall()[0], strict=True))
    return Card(
        person_id=person_id,
        person=person,
        company_name=_company_name(connection, person["account_id"]) or person["company_name"],
        housemates=_housemates(connection, person_id, person["household_id"]),
        segments=_segments(connection, person_id),
        products=_products(connection, person_id),
        wished=_names(connection, person["wished_product_ids"]),
        abandoned=_names(connection, person["abandoned_product_ids"]),
        against=find_against(connection, person_id),
        deceased=_deceased(connection, person_id),
        email_comes_back=_comes_back(connection, person_id),
        to_verify={
            attribute: person[f"{attribute}_right_probability"]
            for attribute, verify_by in _verified(person)
            if verify_by is not None and verify_by <= day
        },
        tickets=_open_tickets(connection, person_id),
        events=_events(connection, person_id),
    )


def _housemates(
    connection: duckdb.DuckDBPyConnection, person_id: int, household_id: int | None
) -> list[Housemate]:
    rows = connection.execute(
        """
        select person_id, given_name, family_name, birth_date
        from customers.core.dim_person
        where household_id = ? and person_id <> ?
        order by person_id
        """,
        [household_id, person_id],
    ).fetchall()
    return [Housemate(*row) for row in rows]


def _segments(connection: duckdb.DuckDBPyConnection, person_id: int) -> list[str]:
    rows = connection.execute(
        "select segment from customers.marts.segment_members where person_id = ? order by segment",
        [person_id],
    ).fetchall()
    return [segment for (segment,) in rows]


def _products(connection: duckdb.DuckDBPyConnection, person_id: int) -> list[Product]:
    """What was bought, most often first."""
    rows = connection.execute(
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
    return [Product(*row) for row in rows]


def _deceased(connection: duckdb.DuckDBPyConnection, person_id: int) -> list[tuple[str, date]]:
    """The feeds that report the person dead, with the day of the report."""
    return connection.execute(
        """
        select block_feed, cast(max(blocked_at) as date)
        from marts.contactability
        where person_id = ? and rule = 'deceased'
        group by block_feed
        order by block_feed
        """,
        [person_id],
    ).fetchall()


def _comes_back(connection: duckdb.DuckDBPyConnection, person_id: int) -> bool:
    """Whether mail to the golden address comes back."""
    rows = connection.execute(
        """
        select count(*) from customers.core.person_values
        where person_id = ? and attribute = 'email' and is_golden and use_points < 0
        """,
        [person_id],
    ).fetchall()
    return bool(rows[0][0])


def _open_tickets(connection: duckdb.DuckDBPyConnection, person_id: int) -> list[Ticket]:
    rows = connection.execute(
        """
        select ticket.event_at, ticket.ticket_id, ticket.category, ticket.ticket_status,
            coalesce(product.product_name, ticket.product_id)
        from core.fct_support_tickets as ticket
        left join core.dim_product as product on ticket.product_id = product.product_id
        where ticket.person_id = ? and coalesce(ticket.ticket_status, '') <> 'closed'
        order by ticket.event_at desc, ticket.feed, ticket.record_key
        """,
        [person_id],
    ).fetchall()
    return [Ticket(*row) for row in rows]


def _events(connection: duckdb.DuckDBPyConnection, person_id: int) -> list[Happening]:
    """The last occasions, newest first: an order is one, and so are the pages of one day."""
    rows = connection.execute(
        f"""
        select max(event_at) as event_at, event_type, max(subject), max(detail), count(*), sum(base_amount)
        from (
            select *,
                case
                    when event_type in ('sale', 'return') then subject
                    when starts_with(event_type, 'web_') then cast(cast(event_at as date) as varchar)
                    else record_key
                end as occasion
            from marts.person_timeline
            where person_id = ? and event_type <> 'newsletter_send'
        )
        group by feed, event_type, occasion
        order by event_at desc, event_type, feed, occasion
        limit {_EVENTS}
        """,
        [person_id],
    ).fetchall()
    return [Happening(*row) for row in rows]


def _verified(person: Mapping[str, Any]) -> list[tuple[str, date | None]]:
    """What has a day to ask again in this version, with that day."""
    ending = "_verify_by"
    return [(column.removesuffix(ending), day) for column, day in person.items() if column.endswith(ending)]


def _names(connection: duckdb.DuckDBPyConnection, product_ids: Sequence[str] | None) -> list[str]:
    """The products by name, in the same order; by id where no catalogue names one."""
    rows = connection.execute(
        """
        select coalesce(product.product_name, asked.product_id)
        from (select unnest(?::varchar[]) as product_id, generate_subscripts(?::varchar[], 1) as place) as asked
        left join core.dim_product as product on asked.product_id = product.product_id
        order by asked.place
        """,
        [list(product_ids or [])] * 2,
    ).fetchall()
    return [name for (name,) in rows]


def _company_name(connection: duckdb.DuckDBPyConnection, account_id: int | None) -> str | None:
    rows = connection.execute(
        "select company_name from customers.core.dim_account where account_id = ?", [account_id]
    ).fetchall()
    return rows[0][0] if rows else None
