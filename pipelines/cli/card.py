"""What `stamgast person show` prints."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape

from pipelines.cli.counting import counted
from pipelines.cli.options import tell
from pipelines.publishing.versions import opened
from pipelines.serving.customer_card import Card, Happening, read_card
from pipelines.serving.evidence_words import contradictions_in_words
from pipelines.settings import Settings


def show_card(settings: Settings, asked: int, day: date | None, console: Console) -> None:
    """The card of the person behind an id, from the version in force, or as the warehouse knew it on a day.

    Raises StamgastError: nothing is published, the id leads to nobody, the day cannot be shown.
    """
    places = settings.places
    if day is not None:
        from pipelines.orchestration.earlier_days import known_on

        places = known_on(settings, day, lambda sentence: console.print(f"  [dim]{escape(sentence)}[/]"))
    with opened(places) as (connection, version):
        card = read_card(connection, settings.places, asked, version.as_of)
    title = f"Person {card.person_id}" + (f" (where {asked} leads to)" if asked != card.person_id else "")
    of = f"as known on {day}" if day is not None else f"version {version.name}"
    if version.stale_feeds:
        of += f", stale: {', '.join(version.stale_feeds)}"
    console.print(f"[bold]{title}[/]  [dim]{of}[/]\n")
    for word, said in _lines(card):
        if said:
            tell(console, f"[dim]{word:<12}[/]{escape(said)}", 12)
    if day is None:
        console.print(f"\nWhy these records are one person: stamgast person explain {card.person_id}")


_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_VERIFIED = {"email": "e-mail", "phone": "phone", "address": "address", "work": "employer"}
# Share of the orders from which a habit is one.
_HABIT = Decimal("0.4")


def _lines(card: Card) -> list[tuple[str, str]]:
    """What the card says, in the order in which somebody on the phone needs it: a word, and what is said to it."""
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
        ("work", _work(card)),
        ("occupation", person["occupation"] or ""),
        ("interests", person["interests"] or ""),
        *_listed("attention", _attention(card)),
        ("known", f"from {person['first_seen_at']:%Y-%m-%d} to {person['last_seen_at']:%Y-%m-%d}"),
        ("customer", _joined(", ", person["lifecycle"], _scores(person), _rhythm(person))),
        ("orders", _orders(person)),
        ("", _value(person)),
        ("usually", _habits(person)),
        *_listed(
            "bought",
            [
                f"{product.order_count} x {product.product_name or product.product_id}, "
                f"{product.net_revenue:,.2f} {currency}, last on {product.last_order_date}"
                for product in card.products
            ],
        ),
        ("likes", ", ".join(person["usual_categories"] or [])),
        ("looks at", ", ".join(person["viewed_categories"] or [])),
        ("wishes", ", ".join(card.wished)),
        ("newsletter", _newsletters(person)),
        ("opinion", _opinion(person)),
        *_listed(
            "household",
            [
                _joined(" ", str(one.person_id), one.given_name, one.family_name, str(one.birth_date or ""))
                for one in card.housemates
            ],
        ),
        ("segments", ", ".join(card.segments)),
        *_listed("latest, UTC", [_happened(event, currency) for event in card.events]),
    ]


def _listed(word: str, said: Sequence[str]) -> list[tuple[str, str]]:
    """One line each, the word before the first only."""
    return [(word if place == 0 else "", each) for place, each in enumerate(said)]


def _joined(between: str, *parts: str | None) -> str:
    return between.join(part for part in parts if part)


def _attention(card: Card) -> list[str]:
    """What to know before a word is said."""
    person = card.person
    said = [
        f"noted as deceased on {day} ({feed}): this person, or one who shares a contact point"
        for feed, day in card.deceased
    ]
    if (against := card.against) is not None:
        left, right = against.left_profile_id, against.right_profile_id
        said.append(
            f"perhaps two people: {contradictions_in_words(against.contradictions)}, as records {left} and {right}; ask who "
            f"it is, then look: stamgast identity review show {left}-{right}"
        )
    said += [
        _joined(
            ", ", f"open ticket {ticket.ticket_id} of {ticket.opened_at:%Y-%m-%d}", ticket.category, ticket.status,
            ticket.product_name,
        )
        for ticket in card.tickets
    ]  # fmt: skip
    if person["age"] is not None and person["age"] < 18:
        said.append("under age")
    if card.abandoned:
        said.append(f"left in the basket: {', '.join(card.abandoned)}")
    if card.email_comes_back:
        said.append("mail to the e-mail address came back: ask for the right one")
    if card.to_verify:
        doubted = [
            f"{_VERIFIED[attribute]} ({right:.0%} right)" for attribute, right in card.to_verify.items()
        ]
        said.append(f"ask whether it still holds: {', '.join(doubted)}")
    return said


def _born(person: Any) -> str:
    return f"born {person['birth_date']}, {person['age']}" if person["birth_date"] else ""


def _work(card: Card) -> str:
    person = card.person
    tier = f"tier {person['account_tier']}" if person["account_tier"] else None
    return _joined(", ", person["job_title"], card.company_name, person["buying_role"], tier)


def _scores(person: Any) -> str:
    if person["recency_score"] is None:
        return ""
    return f"RFM {person['recency_score']}-{person['frequency_score']}-{person['monetary_score']}"


def _rhythm(person: Any) -> str:
    """How often, how regularly, and how long ago."""
    ago, every = person["days_since_last_order"], person["median_days_between_orders"]
    if ago is None:
        return ""
    last = f"last order {counted(ago, 'day')} ago"
    if every is None:
        return last
    variation = person["order_gap_variation"]
    # Half of what chance alone gives.
    regularly = "regularly " if variation is not None and variation <= 0.5 else ""
    return f"orders {regularly}every {counted(round(every), 'day')}, {last}"


def _orders(person: Any) -> str:
    returns = counted(person["return_count"], "return")
    net = f"net {person['net_revenue']:,.2f} {person['currency']}"
    if not person["order_count"]:
        return f"none, but {returns}, {net}" if person["return_count"] else ""
    return (
        f"{person['order_count']}, {person['first_order_date']} to {person['last_order_date']}, {net}, "
        f"basket {person['average_basket_amount'] or 0:,.2f}, {returns}"
    )


def _value(person: Any) -> str:
    """Revenue apart: of a year, for a company, of the household; and what reaching the person cost."""
    if not person["order_count"]:
        return ""
    said = [f"{person['recent_net_revenue']:,.2f} in a year"]
    if person["business_order_count"]:
        said.append(
            f"{counted(person['business_order_count'], 'order')} for a company, {person['business_net_revenue']:,.2f} in all"
        )
    if (
        person["household_net_revenue"] is not None
        and person["household_net_revenue"] != person["net_revenue"]
    ):
        said.append(f"household {person['household_net_revenue']:,.2f}")
    if (person["discount_share"] or 0) >= 0.01:
        said.append(f"{person['discount_share']:.0%} discount")
    if person["recent_contact_count"]:
        contacts = counted(person["recent_contact_count"], "contact")
        said.append(f"{contacts} for {person['recent_contact_cost']:,.2f}")
    return ", ".join(said)


def _habits(person: Any) -> str:
    """Channel, and by the clock of the person's country weekday and hour, where they are habits."""
    said = [person["usual_sales_channel"]]
    if person["usual_order_weekday"] and person["usual_order_weekday_share"] >= _HABIT:
        said.append(f"on {_WEEKDAYS[person['usual_order_weekday'] - 1]}")
    if person["usual_order_hour"] is not None and person["usual_order_hour_share"] >= _HABIT:
        hour = person["usual_order_hour"]
        said.append(f"between {hour}:00 and {hour + 1}:00 local time")
    return _joined(", ", *said)


def _newsletters(person: Any) -> str:
    if not person["newsletter_subscription_count"] and not person["newsletter_send_count_90d"]:
        return ""
    return (
        f"{person['newsletter_subscription_count']} subscribed; of {person['newsletter_send_count_90d']} sent in 90 days "
        f"opened {counted(person['newsletter_open_count_90d'], 'time')}, clicked {person['newsletter_click_count_90d']}"
    )


def _opinion(person: Any) -> str:
    said = []
    if person["average_satisfaction_score"] is not None:
        said.append(f"service {person['average_satisfaction_score']:.1f} of 5")
    if person["recommend_score"] is not None:
        said.append(f"would recommend us {person['recommend_score']:.0f} of 10")
    return ", ".join(said)


def _happened(event: Happening, currency: str) -> str:
    is_order, is_visit = event.amount is not None, event.event_type.startswith("web_")
    return _joined(
        " ",
        f"{event.event_at:%Y-%m-%d %H:%M}",
        event.event_type.replace("_", " "),
        event.subject,
        None if is_order or is_visit else event.detail,
        f"{event.amount:,.2f} {currency}" if is_order else None,
        f"({event.row_count} {'lines' if is_order else 'times'})" if event.row_count > 1 else None,
    )
