"""The consumers' forms: accounts, contests, warranty cards, samples."""

from collections.abc import Iterator

import numpy as np

from pipelines.simulator.columns import Text, choose, join, keep, moment, number, pick, words
from pipelines.simulator.company import Company
from pipelines.simulator.contact_blocks import Blocks
from pipelines.simulator.deliveries import (
    Delivery,
    broken,
    delivery,
    draw_faults,
    freshened,
    part,
    split_by_file,
)
from pipelines.simulator.words import BE, NL
from pipelines.simulator.world import DAY

HOBBIES = ("gardening", "cooking", "interior", "pets", "do it yourself", "wellness")
_SOURCES = ("google", "facebook", "newsletter", "print", "tv", "direct")
_REMARKS = (
    "",
    "",
    "",
    "Please deliver next door.",
    'Ring twice, the bell is "shy".',
    "Thank you,\nand until soon!",
)
_JOBS = (
    "leraar",
    "verpleegkundige",
    "boekhouder",
    "elektricien",
    "ambtenaar",
    "student",
    "gepensioneerd",
    "kok",
    "chauffeur",
)
# Shares of all people in each contest, of the dear articles, of all people in each sample campaign.
CONTESTS, WARRANTY, SAMPLES = 0.02, 0.025, 0.02
EAGER = 0.2  # who ever enters a contest or asks for a sample


def cookie(person: np.ndarray, device: np.ndarray) -> Text:
    """The identifier a browser keeps; each person has up to three devices."""
    code = (
        np.asarray(person, dtype=np.uint64) * np.uint64(3)
        + np.asarray(device, dtype=np.uint64)
        + np.uint64(77)
    ) * np.uint64(11400714819323198485)
    return join("ck", number((code >> np.uint64(14)).astype(np.int64)))


def customer_number(numbers: np.ndarray) -> Text:
    """A customer number as the company writes it; 0 is none."""
    return keep(numbers > 0, join("K", number(numbers)))


def shop_accounts(company: Company) -> Iterator[Delivery]:
    """One row per account; a few people open a second one years later without thinking of the first."""
    traits, clock, rng = company.traits, company.clock, company.dice.of("shop_accounts")
    first = np.flatnonzero(traits.has_number)
    second = np.flatnonzero(traits.second_number > 0)
    again = np.minimum(
        traits.registered_at[second] + (rng.random(len(second)) * 300 * DAY).astype(np.int64),
        clock.end - 1000,
    )
    person, at = np.concatenate([first, second]), np.concatenate([traits.registered_at[first], again])
    numbers = np.concatenate([traits.number[first], traits.second_number[second]])
    order = np.lexsort((person, at))
    person, numbers, at = person[order], numbers[order], freshened(at[order], clock, 9)
    place = np.where(numbers == traits.second_number[person], company.society.people.size + person, person)
    blocks = Blocks(company.society, person, at, company.account_typing.take(place))
    fault = draw_faults(rng, len(person), "impossible_date")
    draw = rng.random(len(person))
    columns = {
        "registration_id": join("R", number(np.arange(len(person)) + 1, 7)),
        "registered_at": broken(moment(at, "%Y-%m-%dT%H:%M:%SZ"), fault, "impossible_date", "2025-02-31T12:00:00Z"),
        "customer_no": customer_number(numbers),
        "first_name": blocks.given_name, "last_name": blocks.family_name, "sex": keep(draw < 0.8, blocks.gender("m", "f")),
        "birth_date": blocks.birth_date(), "email": blocks.email, "mobile": blocks.phone,
        "street": blocks.street, "house_no": blocks.house_number, "zip": blocks.postcode, "city": blocks.city,
        "country": blocks.country_code, "lang": blocks.language, "cookie": keep(draw < 0.7, cookie(person, rng.integers(0, 2, len(person)))),
        "hobbies": keep(draw < 0.45, pick(words(list(HOBBIES)), _hobby(company, person))),
        "household_members": keep(draw < 0.3, blocks.household_size),
        "utm_source": pick(words(list(_SOURCES)), rng.integers(0, len(_SOURCES), len(person))),
        "remark": _blank(pick(words(list(_REMARKS)), rng.integers(0, len(_REMARKS), len(person)))),
        "ip_address": join("192.0.2.", number(rng.integers(1, 255, len(person)))),
    }  # fmt: skip
    whole = delivery("shop_accounts", "", columns, blocks, fault)
    for label, rows, day in split_by_file(clock, at, 1):
        yield part(whole, rows, f"accounts_{label}.csv", day)


def _hobby(company: Company, person: np.ndarray) -> np.ndarray:
    """The hobby that goes with the department a person likes."""
    return np.array([0, 1, 2, 5, 4, 3])[company.traits.department[person]]


def _blank(text: Text) -> Text:
    return choose(np.array([value != "" for value in text.to_pylist()], dtype=bool), text, None)


def _eager(company: Company, rng: np.random.Generator, share: float) -> np.ndarray:
    """That share of all people, drawn from the few who are eager for prizes and gifts."""
    eager = np.flatnonzero(company.habit("prizes and gifts") < EAGER)
    return eager[rng.random(len(eager)) < share / EAGER]


def contest_entries(company: Company) -> Iterator[Delivery]:
    """Entries within each contest's weeks; one of the files is delivered twice under two names."""
    rng, clock, campaigns = company.dice.of("contest_entries"), company.clock, company.campaigns
    for place in campaigns.of_kind("contest"):
        person = _eager(company, rng, CONTESTS)
        at = campaigns.start[place] + (rng.beta(1, 2, len(person)) * campaigns.days[place] * DAY).astype(
            np.int64
        )
        order = np.argsort(at, kind="stable")
        person, at = person[order], np.minimum(at[order], clock.end)
        if place == campaigns.of_kind("contest")[-1]:
            at = freshened(at, clock, 30 * 24)
        code = campaigns.code[place]
        blocks = Blocks(
            company.society, person, at, company.typed_anew(f"contest_entries {code}", len(person))
        )
        fault = draw_faults(rng, len(person), "torn_line", "impossible_date")
        count = len(person)
        columns = {
            "entry": join(f"{code}-", number(np.arange(count) + 1, 5)),
            "entered": broken(moment(at, "%d/%m/%Y %H:%M", "Europe/Amsterdam"), fault, "impossible_date", "31/02/2026 10:00"),
            "name": blocks.full_name, "mail": blocks.email, "phone": keep(rng.random(count) < 0.7, blocks.phone),
            "born": blocks.birth_date("%d/%m/%Y"), "zip": blocks.postcode, "country": blocks.country_code,
            "contest": words([code] * count), "came_from": pick(words(list(_SOURCES)), rng.integers(0, len(_SOURCES), count)),
            "page": words([f"https://stamgast-demo.example/win/{code.lower()}"] * count),
            "social": keep(rng.random(count) < 0.12, join("@", pick(company.given_ascii, company.society.people.given[person]), number(person % 997))),
            "answer": number(rng.integers(10, 9999, count)),
        }  # fmt: skip
        name = f"contest_{code.replace('-', '_')}"
        whole = delivery("contest_entries", f"{name}.csv", columns, blocks, fault)
        yield whole
        if place == campaigns.of_kind("contest")[0]:
            yield part(whole, np.arange(count), f"{name}_copy.csv")


def warranty_cards(company: Company) -> Iterator[Delivery]:
    """Cards for dear products bought in the Netherlands or Belgium, in Windows-1252."""
    rng, clock, orders = company.dice.of("warranty_cards"), company.clock, company.orders
    buyer = orders.person[orders.line_order]
    dear = company.catalogue.cents[orders.product] > 3500
    near = np.isin(company.society.people.country[buyer], (NL, BE))
    lines = np.flatnonzero(dear & near & (rng.random(len(buyer)) < WARRANTY))
    at = orders.at[orders.line_order[lines]] + rng.integers(1, 20, len(lines)) * DAY
    lines, at = lines[at < clock.end], at[at < clock.end]
    order = np.argsort(at, kind="stable")
    lines, at = lines[order], freshened(at[order], clock, 30)
    person, count = buyer[lines], len(lines)
    blocks = Blocks(company.society, person, at, company.typed_anew("warranty_cards", len(person)))
    fault = draw_faults(rng, count, "torn_line", "impossible_date")
    draw = rng.random(count)
    columns = {
        "kaartnr": join("W", number(np.arange(count) + 50_001)),
        "datum": broken(moment(at, "%d-%m-%Y", "Europe/Amsterdam"), fault, "impossible_date", "31-02-2025"),
        "aanhef": blocks.gender("dhr", "mevr"), "voornaam": blocks.given_name, "achternaam": blocks.family_name,
        "geboren": blocks.birth_date("%d-%m-%Y"), "e-mail": keep(draw < 0.6, blocks.email), "tel": keep(draw < 0.75, blocks.phone),
        "straat": blocks.street, "huisnr": blocks.house_number, "postcode": blocks.postcode, "plaats": blocks.city,
        "land": blocks.country_code, "beroep": keep(draw < 0.2, pick(words(list(_JOBS)), person % len(_JOBS))),
        "artikel": pick(company.catalogue.sku, orders.product[lines]), "serienummer": number(rng.integers(10**8, 10**9, count)),
        "opmerking": keep(draw < 0.15, words(["bon à vérifier"] * count)),
    }  # fmt: skip
    whole = delivery("warranty_cards", "", columns, blocks, fault)
    for label, rows, day in split_by_file(clock, at, 1):
        yield part(whole, rows, f"garantie_{label}.csv", day)


def sample_requests(company: Company) -> Iterator[Delivery]:
    """Free samples in the sample campaigns, from landing pages."""
    rng, clock, campaigns = company.dice.of("sample_requests"), company.clock, company.campaigns
    for place in campaigns.of_kind("sample"):
        person = _eager(company, rng, SAMPLES)
        at = campaigns.start[place] + (rng.random(len(person)) * campaigns.days[place] * DAY).astype(np.int64)
        order = np.argsort(at, kind="stable")
        person, at = person[order], np.minimum(at[order], clock.end)
        code, count = campaigns.code[place], len(person)
        blocks = Blocks(
            company.society, person, at, company.typed_anew(f"sample_requests {code}", len(person))
        )
        draw = rng.random(count)
        product = company.catalogue.draw(rng, np.full(count, campaigns.department[place]))
        columns = {
            "id": join(f"S-{code}-", number(np.arange(count) + 1, 4)), "at": moment(at, "%Y-%m-%dT%H:%M:%S+00:00"),
            "firstName": blocks.given_name, "lastName": blocks.family_name, "email": blocks.email, "phone": keep(draw < 0.4, blocks.phone),
            "street": blocks.street, "number": blocks.house_number, "postalCode": blocks.postcode, "city": blocks.city,
            "country": blocks.country_code, "language": blocks.language, "cookieId": keep(draw > 0.3, cookie(person, rng.integers(0, 3, count))),
            "sku": pick(company.catalogue.sku, product), "campaign": words([code] * count),
            "utmSource": pick(words(list(_SOURCES)), rng.integers(0, len(_SOURCES), count)),
            "landingPage": words([f"https://stamgast-demo.example/sample/{code.lower()}"] * count),
            "coupon": keep(draw < 0.5, join("TRY", number(rng.integers(1000, 9999, count)))),
        }  # fmt: skip
        yield delivery("sample_requests", f"samples_{code.replace('-', '_')}.jsonl", columns, blocks)
