"""Business to business: requests, the sales team's notes, the CRM, the company register, the bought list."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from pipelines.simulator.columns import choose, date_text, join, keep, moment, number, pick, words
from pipelines.simulator.companies import revenue_text
from pipelines.simulator.company import Company
from pipelines.simulator.contact_blocks import Blocks
from pipelines.simulator.deliveries import (
    NOBODY,
    Delivery,
    broken,
    delivery,
    draw_faults,
    freshened,
    part,
    split_by_file,
)
from pipelines.simulator.forms import cookie, customer_number
from pipelines.simulator.people import phone_text
from pipelines.simulator.words import COUNTRIES
from pipelines.simulator.world import DAY, Clock

_REQUESTS = ("white_paper", "webinar", "demo_request", "trial_request", "event_registration")
_VISITS = ("bezoek", "telefoon", "beurs", "mail", "overleg")
_OUTCOMES = ("geen", "interesse", "offerte", "gewonnen", "verloren")
_STAGES = ("lead", "qualified", "customer", "dormant")
BOUGHT, IN_CRM, LEAVES_CRM = 0.25, 0.55, 0.03
REQUESTS, VISITS = 0.6, 0.9  # a contact, on average; half of them make or get hardly any
# Mean days (exponential) until the sales team hears of a change of job, and since a provider last heard where somebody
# works. Of business data 22.5 % a year go stale (MarketingSherpa, 2.1 % a month), a quarter of what a
# company has is wrong at any time (SiriusDecisions), of bought e-mail addresses at work 15 to 25 % (one provider, reviewed
# by Prospeo); where a person works is one of several things that can be wrong. No source was found for the delays themselves. Of the last CRM 8 %, of the list 16 % are.
SALES_HEAR_AFTER, PROVIDER_HEARD_BEFORE = 365, 550


def _moments(rng: np.random.Generator, clock: Clock, count: int, hours: float) -> np.ndarray:
    """Times in office hours over the whole period, ascending, the newest within `hours`."""
    days = rng.integers(clock.start // DAY, clock.end // DAY, count)
    return freshened(days * DAY + rng.integers(7 * 3600, 16 * 3600, count), clock, hours)


def _contacts(rng: np.random.Generator, size: int, mean: float) -> np.ndarray:
    """Places of contacts in random order, `mean` times each on average, a few of them many times."""
    times = rng.poisson(rng.gamma(0.5, mean / 0.5, size))
    return rng.permutation(np.repeat(np.arange(size), times))


def _heard_by_sales(company: Company, person: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Up to when the sales team has heard of each person's changes of job, at those moments; one delay a person."""
    delay = company.dice.of("sales hear of jobs").exponential(SALES_HEAR_AFTER, company.society.people.size)
    return at - (delay[person] * DAY).astype(np.int64)


def business_requests(company: Company) -> Iterator[Delivery]:
    """Downloads, webinars and demos asked for by companies' contacts."""
    rng, clock, contacts = company.dice.of("business_requests"), company.clock, company.society.contacts
    contact = _contacts(rng, len(contacts.person), REQUESTS)
    at, person, count = _moments(rng, clock, len(contact), 40), contacts.person[contact], len(contact)
    blocks = Blocks(
        company.society, person, at, company.typed_once("business_requests", person), is_business=True
    )
    fault = draw_faults(rng, count, "torn_line", "impossible_date")
    draw, kind = (
        company.habit("business_requests")[person],
        rng.choice(5, count, p=[0.45, 0.25, 0.1, 0.08, 0.12]),
    )
    columns = {
        "request_id": join("BR", number(np.arange(count) + 1, 6)),
        "requested_at": broken(moment(at, "%Y-%m-%d %H:%M:%S", "Europe/Brussels"), fault, "impossible_date", "2026-02-31 09:00:00"),
        "type": pick(words(list(_REQUESTS)), kind), "first_name": blocks.given_name, "last_name": blocks.family_name,
        "work_email": blocks.email, "work_phone": keep(draw < 0.6, blocks.phone), "job_title": keep(draw < 0.8, blocks.job_title),
        "company": blocks.company_name, "vat": keep(draw < 0.5, blocks.vat_number), "country": blocks.country_code, "city": keep(draw < 0.5, blocks.city),
        "linkedin": keep((draw * 13) % 1 < 0.1, join("linkedin.com/in/", pick(company.given_ascii, company.society.people.given[person]), number(person % 9973))),
        "cookie": keep((draw * 7) % 1 > 0.3, cookie(person, np.full(count, 1))), "utm_source": pick(words(["linkedin", "google", "newsletter", "print"]), person % 4),
        "page": join("https://business.stamgast-demo.example/", pick(words(list(_REQUESTS)), kind)), "campaign": words([None] * count),
    }  # fmt: skip
    whole = delivery("business_requests", "", columns, blocks, fault)
    for label, rows, day in split_by_file(clock, at, 1):
        yield part(whole, rows, f"requests_{label}.csv", day)


def sales_visits(company: Company) -> Iterator[Delivery]:
    """Calls, visits and fairs, noted down by the sales team in Dutch.

    At a meeting they learn the employer; a call or a mail has the employer they heard of last.
    """
    rng, clock, contacts = company.dice.of("sales_visits"), company.clock, company.society.contacts
    contact = _contacts(rng, len(contacts.person), VISITS)
    at, person, count = _moments(rng, clock, len(contact), 60), contacts.person[contact], len(contact)
    fault = draw_faults(rng, count, "torn_line", "impossible_date")
    # A sales representative notes down the same fields of a contact each time.
    known, draw, kind = company.habit("sales_visits")[person], rng.random(count), rng.integers(0, 5, count)
    is_met = np.isin(kind, [_VISITS.index(name) for name in ("bezoek", "beurs", "overleg")])
    blocks = Blocks(
        company.society, person, at, company.typed_once("sales_visits", person), is_business=True,
        job_known_at=np.where(is_met, at, _heard_by_sales(company, person, at)),
    )  # fmt: skip
    columns = {
        "id": join("V", number(np.arange(count) + 1, 6)),
        "moment": broken(moment(at, "%d-%m-%Y %H:%M", "Europe/Brussels"), fault, "impossible_date", "31-02-2026 10:00"),
        "soort": pick(words(list(_VISITS)), kind), "contactnr": keep((known * 7) % 1 < 0.7, join("C", number(person + 1, 7))), "contact": blocks.full_name,
        "functie": keep(known < 0.5, blocks.job_title), "bedrijf": blocks.company_name, "btw": keep(known < 0.3, blocks.vat_number),
        "e-mail": keep(known < 0.6, blocks.email), "telefoon": keep(known > 0.4, blocks.phone), "land": blocks.country_code, "plaats": choose(kind == 2, "Jaarbeurs Utrecht", blocks.city),
        "verkoper": join("V", number(person % 9 + 1, 2)), "resultaat": pick(words(list(_OUTCOMES)), rng.choice(5, count, p=[0.4, 0.3, 0.15, 0.1, 0.05])),
        "artikel": keep(draw < 0.3, pick(company.catalogue.sku, rng.integers(0, company.catalogue.size, count))),
        "notitie": keep(draw < 0.2, words(["terugbellen na de zomer"] * count)),
    }  # fmt: skip
    whole = delivery("sales_visits", "", columns, blocks, fault)
    for label, rows, day in split_by_file(clock, at, 1):
        yield part(whole, rows, f"bezoeken_{label}.csv", day)


def month_ends(clock: Clock, count: int) -> list[tuple[date, date | None]]:
    """Days of a monthly list: the last `count` ends of a month up to `as_of`, then the last of the days after it.

    With each comes the day on which it is delivered if that is after the history.
    """
    found = [clock.as_of]
    while len(found) < count:
        found.append(found[-1].replace(day=1) - timedelta(days=1))
    last = clock.as_of + timedelta(days=clock.days)
    return [(each, None) for each in reversed(found)] + ([(last, last)] if clock.days else [])


def crm_contacts(company: Company) -> Iterator[Delivery]:
    """The CRM at three month ends: new contacts come, some are dropped, the others stay, with the employer last heard of."""
    rng, contacts, society = company.dice.of("crm_contacts"), company.society.contacts, company.society
    members = np.flatnonzero(rng.random(len(contacts.person)) < IN_CRM)
    person = contacts.person[members]
    joined, leaves = (
        rng.integers(-30, 3, len(members)),
        np.where(rng.random(len(members)) < LEAVES_CRM * 3, rng.integers(0, 3, len(members)), 9),
    )
    stage = rng.integers(0, len(_STAGES), len(members))
    # Typed once: an entry changes from month to month only when the person does.
    typing = company.typed_anew("crm_contacts", len(members))
    for turn, (end, day) in enumerate(month_ends(company.clock, 3)):
        rows = np.flatnonzero((joined <= turn) & (leaves > turn))
        at = np.full(len(rows), Clock.day_of(end) * DAY + 20 * 3600)
        mine = typing.take(rows)
        mine = mine.as_copy().where((joined[rows] < turn) & (turn > 0), mine)
        heard_at = _heard_by_sales(company, person[rows], at)
        blocks = Blocks(society, person[rows], at, mine, is_business=True, job_known_at=heard_at)
        columns = {
            "contact_id": join("C", number(person[rows] + 1, 7)), "customer_no": customer_number(company.traits.number[person[rows]]),
            "first_name": blocks.given_name, "last_name": blocks.family_name, "email": blocks.email, "phone": blocks.phone,
            "job_title": blocks.job_title, "company": pick(society.companies.name, blocks.company), "company_no": keep(rows % 3 > 0, blocks.company_number),
            "vat_no": keep(rows % 2 > 0, pick(society.companies.vat, blocks.company)), "street": blocks.street, "house_no": blocks.house_number,
            "zip": blocks.postcode, "city": blocks.city, "country": blocks.country_code, "language": blocks.language,
            "stage": pick(words(list(_STAGES)), stage[rows]), "owner_initials": join("V", number(person[rows] % 9 + 1, 2)),
        }  # fmt: skip
        whole = delivery("crm_contacts", "", columns, blocks)
        yield part(whole, np.arange(len(rows)), f"crm_{end:%Y%m%d}.csv", day)


def company_register(company: Company) -> Iterator[Delivery]:
    """All companies twice: half a year ago and now; the youngest are only in the second list."""
    companies, clock = company.society.companies, company.clock
    for turn, end in enumerate((clock.as_of - timedelta(days=181), clock.as_of - timedelta(days=1))):
        rows = (
            np.arange(companies.size) if turn else np.flatnonzero(companies.founded < clock.now // DAY - 600)
        )
        # Between the lists one company in ten grew.
        grown = np.where(
            (rows % 10 == 0) & (turn == 1), companies.employees[rows] + 2, companies.employees[rows]
        )
        columns = {
            "extract_date": words([end.isoformat()] * len(rows)), "register_no": pick(companies.number, rows), "vat_no": pick(companies.vat, rows),
            "name": pick(companies.name, rows), "legal_form": pick(companies.legal_form, rows), "street": companies.site.street_text(rows),
            "house_no": companies.site.house_text(rows), "zip": companies.site.postcode_text(rows), "city": companies.site.city_text(rows),
            "country": pick(words(list(COUNTRIES)), companies.country[rows]), "phone": _company_phone(company, rows),
            "founded": date_text(companies.founded[rows]), "nace": pick(companies.nace, rows), "employees": number(grown),
            "turnover": revenue_text(companies, rows), "currency": pick(words(["EUR", "EUR", "SEK", "CNY", "GBP"]), companies.country[rows]),
            "parent_no": pick(companies.number, companies.parent[rows]), "website": join("www.", pick(companies.domain, rows)),
        }  # fmt: skip
        yield Delivery(
            "company_register",
            f"register_{end:%Y_%m}.csv",
            pa.table(columns),
            np.full(len(rows), NOBODY),
            rows,
            np.full(len(rows), NOBODY),
        )


def _company_phone(company: Company, rows: np.ndarray) -> pa.Array:
    companies = company.society.companies
    return phone_text(companies.phone[rows], companies.country[rows], np.full(len(rows), 2))


def business_list(company: Company) -> Iterator[Delivery]:
    """Decision makers from a provider: some known to us, under the employer the provider knew last.

    `Verified` is when the entry was looked at; where the person works was not asked again.
    """
    rng, clock, contacts, society = (
        company.dice.of("business_list"),
        company.clock,
        company.society.contacts,
        company.society,
    )
    chosen = np.flatnonzero(
        (rng.random(len(contacts.person)) < BOUGHT) & (society.people.country[contacts.person] != 3)
    )
    person = contacts.person[chosen]
    at = clock.now - (rng.random(len(person)) * 300 * DAY).astype(np.int64) - 9 * DAY
    age = company.dice.of("providers hear of jobs").exponential(PROVIDER_HEARD_BEFORE, len(person))
    blocks = Blocks(
        society, person, at, company.typed_anew("business_list", len(person)), is_business=True,
        job_known_at=at - (age * DAY).astype(np.int64),
    )  # fmt: skip
    draw = rng.random(len(person))
    columns = {
        "Contact ID": join("DD", number(person * 13 + 700_001)), "Verified": moment(at, "%d/%m/%Y", "Europe/London"),
        "First name": blocks.given_name, "Surname": blocks.family_name, "Function": blocks.job_title, "E-mail": keep(draw < 0.8, blocks.email),
        "Direct line": keep(draw > 0.3, blocks.phone), "Company": blocks.company_name, "VAT": keep(draw < 0.5, pick(society.companies.vat, blocks.company)),
        "Street": blocks.street, "Number": blocks.house_number, "Postcode": blocks.postcode, "City": blocks.city, "Country": blocks.country_code,
        "Sector": pick(society.companies.nace, blocks.company),
    }  # fmt: skip
    yield delivery("business_list", "decision_makers.xlsx", columns, blocks)
