"""Support tickets and surveys."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from pipelines.simulator.columns import FAR, choose, join, keep, moment, number, pick, words
from pipelines.simulator.company import Company
from pipelines.simulator.contact_blocks import Blocks
from pipelines.simulator.deliveries import Delivery, delivery, draw_faults, freshened, part, split_by_file
from pipelines.simulator.forms import customer_number
from pipelines.simulator.world import DAY

# Shares of all orders; a quarter of the people ever open a ticket, a third ever answer when asked.
TICKETS, ASKERS, INVITED, ANSWERERS, ANSWERS = 0.02, 0.25, 0.06, 0.35, 0.35
_TOPICS = ("delivery", "return", "warranty", "invoice", "product question", "complaint")
_CHANNELS = ("email", "phone", "chat", "store")
_QUESTIONS = ("recommend", "delivery", "product")


def _about_orders(
    company: Company, rng: np.random.Generator, chance: np.ndarray, days: int
) -> tuple[np.ndarray, np.ndarray]:
    """Orders drawn with the chance of their buyers, and a moment within some days after each, in order of time."""
    person = company.orders.person
    order = np.flatnonzero(rng.random(len(person)) < chance[person])
    at = company.orders.at[order] + (rng.random(len(order)) * days * DAY).astype(np.int64) + 3600
    order, at = order[at < company.clock.end], at[at < company.clock.end]
    by_time = np.argsort(at, kind="stable")
    return order[by_time], at[by_time]


def support_tickets(company: Company) -> Iterator[Delivery]:
    """A ticket on two of a hundred orders; the desk keeps the data that the requester gave first."""
    rng, clock, orders = company.dice.of("support_tickets"), company.clock, company.orders
    chance = np.where(company.habit("support_tickets") < ASKERS, TICKETS / ASKERS, 0.0)
    order, at = _about_orders(company, rng, chance, 12)
    at = freshened(at, clock, 20)
    person, count = orders.person[order], len(order)
    line = np.searchsorted(orders.line_order, order)
    manner = company.habit("tickets' channels")[person]
    numbers = np.where(orders.is_guest[order] | (manner < 0.3), 0, company.traits.number[person])
    blocks = Blocks(company.society, person, at, company.typed_or_copied("support_tickets", person, numbers))
    closed_at = at + (rng.exponential(2.5, count) * DAY).astype(np.int64) + 1800
    # As the file of that day knew it: later closings of history's tickets are not yet in it.
    is_closed = closed_at < np.where(at <= clock.now, clock.now, (at // DAY + 1) * DAY)
    topic = rng.integers(0, len(_TOPICS), count)
    # Three of four stay with the channel of their first ticket.
    via = np.searchsorted(
        np.cumsum([0.45, 0.3, 0.2]), np.where(rng.random(count) < 0.75, (manner * 7) % 1, rng.random(count))
    )
    fault = draw_faults(rng, count, "torn_line", "impossible_date")
    score = np.clip(np.round(rng.normal(np.where(topic == 5, 2.2, 3.8), 1)), 1, 5).astype(int)
    opened = choose(fault == 2, "2026-02-31T10:00:00Z", moment(at, "%Y-%m-%dT%H:%M:%SZ"))
    columns = {
        "ticket": join("T", number(np.arange(count) + 1, 7)), "opened": opened, "requester_id": join("rq", number(person * 5 + 31)),
        "customer": customer_number(numbers), "name": blocks.full_name, "email": keep(via != 1, blocks.email),
        "phone": keep((via == 1) | ((manner * 13) % 1 < 0.2), blocks.phone), "country": blocks.country_code, "topic": pick(words(list(_TOPICS)), topic),
        "status": choose(is_closed, "closed", choose(rng.random(count) < 0.5, "open", "pending")), "via": pick(words(list(_CHANNELS)), via),
        "sku": pick(company.catalogue.sku, orders.product[line]),
        "closed": moment(np.where(is_closed, closed_at, FAR), "%Y-%m-%dT%H:%M:%SZ"),
        "rating": keep(is_closed & (rng.random(count) < 0.4), number(score)),
        "subject": join("Question about my order: ", pick(words(list(_TOPICS)), topic)),
    }  # fmt: skip
    whole = delivery("support_tickets", "", columns, blocks, fault)
    for label, rows, day in split_by_file(clock, at, 1):
        yield part(whole, rows, f"tickets_{label}.jsonl", day)


def surveys(company: Company) -> Iterator[Delivery]:
    """Three questions after an order to one in sixteen; the pleased answer more often, two of three people never."""
    rng, clock, orders, traits = company.dice.of("surveys"), company.clock, company.orders, company.traits
    invited = np.where(company.habit("surveys") < ANSWERERS, INVITED, 0.0)
    order, at = _about_orders(company, rng, invited, 20)
    pleased = np.clip(
        rng.normal(7.4, 1.6, len(order))
        + np.where(traits.dropout_rate[orders.person[order]] > 0.6, -1.2, 0.4),
        0,
        10,
    )
    answers = rng.random(len(order)) < ANSWERS * (0.6 + pleased / 18)
    order, at, pleased = order[answers], freshened(at[answers], clock, 40), pleased[answers]
    person = orders.person[order]
    numbers = np.where(orders.is_guest[order], 0, traits.number[person])
    blocks = Blocks(company.society, person, at, company.typed_or_copied("surveys", person, numbers))
    response = np.repeat(np.arange(len(order)), len(_QUESTIONS))
    question = np.tile(np.arange(len(_QUESTIONS)), len(order))
    score = np.clip(np.round(pleased[response] + rng.normal(0, 0.8, len(response))), 0, 10).astype(int)
    of_response = pa.array(response)
    line = np.searchsorted(orders.line_order, order)
    columns = {
        "Response": join("A", number(response + 1, 6)), "Submitted": moment(at, "%d/%m/%Y %H:%M", "Europe/Amsterdam").take(of_response),
        "Survey": words(["after-order"] * len(response)), "Question": pick(words(list(_QUESTIONS)), question),
        "Customer": customer_number(numbers).take(of_response), "E-mail": blocks.email.take(of_response),
        "Score": number(score), "Answer": keep(rng.random(len(response)) < 0.1, choose(score < 6, "could be better", "fine, thank you")),
        "Product": keep(question == 2, pick(company.catalogue.sku, orders.product[line]).take(of_response)),
        "Campaign": pick(words(company.campaigns.code), orders.campaign[order]).take(of_response),
    }  # fmt: skip
    whole = Delivery(
        "surveys",
        "",
        pa.table(columns),
        person[response],
        np.full(len(response), -1),
        response,
        blocks=blocks,
    )
    for label, rows, day in split_by_file(clock, at[response], 1):
        yield part(whole, rows, f"responses_{label}.xlsx", day)
