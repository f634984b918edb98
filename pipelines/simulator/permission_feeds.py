"""The feeds of permission: consents, the suppression list, and the consumers' list bought all the same."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from pipelines.simulator.business import month_ends
from pipelines.simulator.columns import choose, join, keep, moment, number, pick, words
from pipelines.simulator.company import Company
from pipelines.simulator.contact_blocks import Blocks
from pipelines.simulator.deliveries import Delivery, broken, delivery, draw_faults, split_by_file
from pipelines.simulator.forms import customer_number
from pipelines.simulator.permissions import ACTIONS, GRANT, NEWSLETTER, asked_for
from pipelines.simulator.words import BE, NL
from pipelines.simulator.world import DAY

ON_REGISTER, OBJECTORS_BOUGHT = 0.05, 0.60
# Whom the provider has: shares of the adults in its countries who deal with us, and of the others; of these, in each delivery.
KNOWN_TO_PROVIDER, STRANGERS_TO_US, IN_DELIVERY = 0.05, 0.45, 0.75


def consents(company: Company) -> Iterator[Delivery]:
    """The acts with their evidence: wording and double opt-in; each shows the card of the person in the preference centre."""
    rng, clock, traits = company.dice.of("consents"), company.clock, company.traits
    acts = company.permissions.in_centre
    count, is_all = len(acts.person), acts.asked < 0
    # One card for the account, and one for a subscription that was not part of it, with the address of that subscription.
    is_news = (acts.asked == NEWSLETTER) & ~traits.subscribes_with_account[acts.person]
    key, block = np.unique(acts.person * 2 + is_news, return_inverse=True)
    who, of_news = key // 2, key % 2 == 1
    last_at = np.full(len(key), clock.start)
    np.maximum.at(last_at, block, acts.at)
    at = np.where(of_news | traits.subscribes_with_account[who], traits.subscribed_at[who], last_at)
    typing = (
        company.newsletter_typing.take(who)
        .as_copy()
        .where(of_news, company.typed_or_copied("consents", who, traits.number[who]))
    )
    blocks = Blocks(company.society, who, at, typing)
    of_block = pa.array(block)
    purpose, channel = asked_for(acts.asked)
    named = channel.fill_null("").to_numpy(zero_copy_only=False)
    fault = draw_faults(rng, count, "torn_line", "impossible_date")
    by_mail, is_card = (named == "email") | is_all, ~is_news
    is_confirmed = np.where(
        acts.asked == NEWSLETTER, traits.confirmed_at[acts.person] < clock.end, rng.random(count) < 0.9
    )
    columns = {
        "consent_id": join("P", number(np.arange(count) + 1, 8)),
        "acted_at": broken(moment(acts.at, "%Y-%m-%dT%H:%M:%SZ"), fault, "impossible_date", "2026-02-31T10:00:00Z"),
        "action": pick(words(list(ACTIONS)), acts.action), "purpose": purpose, "channel": channel,
        "customer_no": customer_number(np.where(is_news, 0, traits.number[acts.person])),
        "first_name": keep(is_card, blocks.given_name.take(of_block)), "last_name": keep(is_card, blocks.family_name.take(of_block)),
        "email": blocks.email.take(of_block), "phone": keep(is_card, blocks.phone.take(of_block)),
        "street": keep(is_card, blocks.street.take(of_block)), "house_no": keep(is_card, blocks.house_number.take(of_block)),
        "zip": keep(is_card, blocks.postcode.take(of_block)), "country": blocks.country_code.take(of_block),
        "wording": join("2023-", number(1 + acts.person % 3)),
        "double_opt_in": keep((acts.action == GRANT) & by_mail, choose(is_confirmed, "true", "false")),
        "agent": pick(words(["web", "shop", "telephone"]), acts.person % 3),
    }  # fmt: skip
    table = pa.table(columns)
    for label, rows, day in split_by_file(clock, acts.at, 1):
        yield Delivery(
            "consents",
            f"consents_{label}.csv",
            table.take(pa.array(rows)),
            acts.person[rows],
            np.full(len(rows), -1),
            block[rows],
            fault[rows],
            blocks,
            day,
        )


def suppressions(company: Company) -> Iterator[Delivery]:
    """The list at three month ends: the national register's telephones, our own objectors, the deceased."""
    rng, clock, people = company.dice.of("suppressions"), company.clock, company.society.people
    acts = company.permissions
    on_register = np.flatnonzero((rng.random(people.size) < ON_REGISTER) & np.isin(people.country, (0, 1, 4)))
    deceased = np.flatnonzero(
        (rng.random(people.size) < 0.006) & (people.birth < clock.now // DAY - 60 * 365)
    )
    person = np.concatenate([on_register, acts.objectors, deceased])
    reason = np.repeat([0, 1, 2], [len(on_register), len(acts.objectors), len(deceased)])
    at = np.concatenate([
        rng.integers(clock.start - 900 * DAY, clock.end - DAY, len(on_register)), acts.objected_at, rng.integers(clock.start, clock.end - DAY, len(deceased))
    ])  # fmt: skip
    at[0] = clock.now - 30 * 3600
    blocks = Blocks(company.society, person, at, company.typed_anew("suppressions", len(person)))
    columns = {
        "entry_id": join("X", number(reason + 1), number(person + 1, 7)), "entered_on": moment(at, "%Y-%m-%d", "Europe/Amsterdam"),
        "channel": choose(reason == 0, "phone", None), "purpose": choose(reason == 0, "offers", None),
        "reason": pick(words(["national_register", "own_request", "deceased"]), reason),
        "phone": keep(reason < 2, blocks.phone), "email": keep(reason == 1, blocks.email), "last_name": keep(reason > 0, blocks.family_name),
        "street": keep(reason > 0, blocks.street), "house_no": keep(reason > 0, blocks.house_number), "zip": keep(reason > 0, blocks.postcode),
        "country": blocks.country_code,
    }  # fmt: skip
    table = pa.table(columns)
    for end, day in month_ends(clock, 3):
        rows = np.flatnonzero(at < (clock.day_of(end) + 1) * DAY)
        yield Delivery(
            "suppressions", f"suppressions_{end:%Y%m%d}.csv", table.take(pa.array(rows)), person[rows],
            np.full(len(rows), -1), rows, blocks=blocks, day=day,
        )  # fmt: skip


def consumer_list(company: Company) -> Iterator[Delivery]:
    """Two deliveries of a bought list: strangers, customers, and many of those who objected before."""
    rng, clock, people = company.dice.of("consumer_list"), company.clock, company.society.people
    acts = company.permissions
    near = np.isin(people.country, (NL, BE)) & (people.birth < clock.now // DAY - 18 * 366)
    is_known = company.traits.is_buyer | company.traits.is_subscriber
    # What the provider has of a person is the same in both deliveries, unless it was typed again.
    habit = company.habit("consumer_list")
    listed = rng.random(people.size) < np.where(is_known, KNOWN_TO_PROVIDER, STRANGERS_TO_US)
    objects = np.zeros(people.size, dtype=bool)
    objects[acts.objectors] = True
    delivered = [
        np.flatnonzero(near & (rng.random(people.size) < chance))
        for chance in (listed * IN_DELIVERY, np.where(objects, OBJECTORS_BOUGHT, listed * IN_DELIVERY))
    ]
    typing = company.typed_once("consumer_list", np.concatenate(delivered))
    first = len(delivered[0])
    rows_of = (np.arange(first), np.arange(first, len(typing)))
    for person, rows, code, back in zip(delivered, rows_of, ("2026_1", "2026_2"), (150, 20), strict=True):
        count = len(person)
        at = clock.now - back * DAY - (rng.random(count) * 200 * DAY).astype(np.int64)
        if count:
            at[0] = clock.now - back * DAY
        blocks = Blocks(company.society, person, at, typing.take(rows))
        draw = habit[person]
        columns = {
            "ref": join("AW", number(person * 17 + 900_001)), "last_seen": moment(at, "%d-%m-%Y", "Europe/Brussels"), "naam": blocks.full_name,
            "geslacht": blocks.gender("M", "V"), "geb": keep(draw < 0.8, blocks.birth_date("%Y%m%d")), "adres": blocks.street, "nr": blocks.house_number,
            "pc": blocks.postcode, "plaats": blocks.city, "land": blocks.country_code, "telefoon": keep((draw * 7) % 1 > 0.35, blocks.phone),
            "email": keep((draw * 13) % 1 < 0.15, blocks.email), "inkomen": pick(words(["laag", "modaal", "hoog"]), _income(company, person)),
            "gezin": blocks.household_size, "burgerlijke_staat": blocks.marital_status, "lijst": words([f"consumenten_{code}"] * count),
            "doelgroep": pick(words(["tuin", "koken", "wonen", "rust", "klussen", "dieren"]), company.traits.department[person]),
            "lifestyle_score": number(rng.integers(1, 100, count)),
        }  # fmt: skip
        yield delivery("consumer_list", f"consumenten_{code}.csv", columns, blocks)


def _income(company: Company, person: np.ndarray) -> np.ndarray:
    """Three bands that go with how often a person buys."""
    return np.digitize(company.traits.rate[person], [1.5, 6.0])
