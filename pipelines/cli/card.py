"""What `stamgast person show` prints."""

from datetime import date
from typing import Any

from rich.console import Console
from rich.markup import escape

from pipelines.customer_card import Card, read_card
from pipelines.publishing import opened
from pipelines.settings import Settings


def show_card(settings: Settings, asked: int, day: date | None, console: Console) -> None:
    """The card of the person behind an id, from the version in force, or as the warehouse knew it on a day.

    Raises StamgastError: nothing is published, the id leads to nobody, the day cannot be shown.
    """
    places = settings.places
    if day is not None:
        from pipelines.cli.past import known_on

        places = known_on(settings, day, lambda sentence: console.print(f"  [dim]{escape(sentence)}[/]"))
    with opened(places) as (connection, version):
        card = read_card(connection, asked)
    title = f"Person {card.person_id}" + (f" (where {asked} leads to)" if asked != card.person_id else "")
    of = f"as known on {day}" if day is not None else f"version {version.name}"
    console.print(f"[bold]{title}[/]  [dim]{of}[/]\n")
    for word, said in _lines(card):
        if said:
            console.print(f"[dim]{word:<12}[/]{escape(said)}")
    if day is None:
        console.print(f"\nWhy these records are one person: stamgast person explain {card.person_id}")


def _lines(card: Card) -> list[tuple[str, str]]:
    person, currency = card.person, card.person["currency"]
    street = _joined(" ", person["street"], person["house_number"])
    place = _joined(" ", person["postcode"], person["city"])
    return [
        ("name", _joined(" ", person["given_name"], person["family_name"])),
        ("", _joined(", ", person["gender"], _born(person), person["language"])),
        ("number", person["customer_number"] or ""),
        ("e-mail", person["email"] or ""),
        ("phone", person["phone"] or ""),
        ("address", _joined(", ", street, place, person["country"])),
        ("work", _joined(", ", person["job_title"], card.company_name, person["occupation"])),
        ("interests", person["interests"] or ""),
        ("known", f"from {person['first_seen_at']:%Y-%m-%d} to {person['last_seen_at']:%Y-%m-%d}"),
        ("customer", _joined(", ", person["lifecycle"], _scores(person), person["usual_sales_channel"])),
        ("orders", _orders(person)),
        *(
            (
                "bought" if place == 0 else "",
                f"{product.order_count} x {product.product_name or product.product_id}, "
                f"{product.net_revenue:,.2f} {currency}, last on {product.last_order_date}",
            )
            for place, product in enumerate(card.products)
        ),
        *(
            (
                "household" if place == 0 else "",
                _joined(" ", str(one.person_id), one.given_name, one.family_name, str(one.birth_date or "")),
            )
            for place, one in enumerate(card.housemates)
        ),
        ("segments", ", ".join(card.segments)),
        *(
            (
                "latest" if place == 0 else "",
                f"{event.event_at:%Y-%m-%d %H:%M} {event.event_type} {event.subject or ''}"
                + (f" {event.amount:,.2f} {currency}" if event.amount is not None else ""),
            )
            for place, event in enumerate(card.events)
        ),
    ]


def _joined(between: str, *parts: str | None) -> str:
    return between.join(part for part in parts if part)


def _born(person: Any) -> str:
    return f"born {person['birth_date']}, {person['age']}" if person["birth_date"] else ""


def _scores(person: Any) -> str:
    if person["recency_score"] is None:
        return ""
    return f"RFM {person['recency_score']}-{person['frequency_score']}-{person['monetary_score']}"


def _orders(person: Any) -> str:
    if not person["order_count"]:
        return ""
    return (
        f"{person['order_count']}, {person['first_order_date']} to {person['last_order_date']}, "
        f"net {person['net_revenue']:,.2f} {person['currency']}, "
        f"basket {person['average_basket_amount'] or 0:,.2f}, {person['return_count']} returns"
    )
