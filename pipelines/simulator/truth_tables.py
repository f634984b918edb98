"""Writes the truth about the company: people, households, companies, causes, campaigns, permissions, orders."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from pipelines.simulator.columns import FAR, Text, choose, keep, pick, words
from pipelines.simulator.companies import work_email
from pipelines.simulator.company import Company
from pipelines.simulator.households import TYPES
from pipelines.simulator.people import given_names, phone_text
from pipelines.simulator.permissions import ACTIONS, asked_for
from pipelines.simulator.traits import CHANNELS
from pipelines.simulator.truth import or_null, write_table
from pipelines.simulator.words import COUNTRIES
from pipelines.simulator.world import Clock, vocabulary

_ROLES = ("head", "partner", "child", "twin", "namesake")


def write_truth_tables(company: Company, folder: Path) -> None:
    """One Parquet file per subject in `folder`."""
    tables = {
        "people": _people, "households": _households, "companies": _companies, "employments": _employments,
        "traits": _traits, "campaigns": _campaigns, "campaign_contacts": _campaign_contacts,
        "permissions": _permissions, "orders": _orders, "products": _products,
    }  # fmt: skip
    for name, make in tables.items():
        write_table(make(company), folder / f"{name}.parquet")


def _moments(seconds: np.ndarray, clock: Clock) -> pa.Array:
    """Timestamps (UTC); null for what does not happen before the end."""
    seconds = np.asarray(seconds, dtype=np.int64)
    never = seconds >= min(FAR, clock.end + 1)
    return pa.array(np.where(never, 0, seconds).astype("datetime64[s]"), mask=never)


def _country(codes: np.ndarray) -> Text:
    return pick(words(list(COUNTRIES)), codes)


def _people(company: Company) -> pa.Table:
    """One row per person; `new_` columns hold from the moment in the `_at` column beside them."""
    people, clock, everyone = company.society.people, company.clock, np.arange(company.society.people.size)
    style = np.full(people.size, 2)
    family = vocabulary("family")
    marries, mails, phones = (
        column <= clock.end
        for column in (people.married_at, people.email_changed_at, people.phone_changed_at)
    )
    return pa.table({
        "person_id": everyone, "household_id": people.household, "role": pick(words(list(_ROLES)), people.role),
        "country": _country(people.country), "gender": choose(people.sex == 1, "female", "male"),
        "birth_date": pa.array(people.birth.astype("datetime64[D]")),
        "given_name": pick(given_names().latin, people.given), "given_name_native": pick(given_names().native, people.given),
        "family_name": pick(family.latin, people.family), "family_name_native": pick(family.native, people.family),
        "new_family_name": keep(marries, pick(family.latin, people.new_family)), "married_at": _moments(people.married_at, clock),
        "email": people.email, "new_email": keep(mails, people.new_email), "email_changed_at": _moments(people.email_changed_at, clock),
        "shared_email": keep(people.uses_shared_email, people.household_email),
        "mobile": phone_text(people.mobile, people.country, style),
        "new_mobile": keep(phones, phone_text(people.new_mobile, people.country, style)),
        "phone_changed_at": _moments(people.phone_changed_at, clock),
        "shared_phone": keep(people.uses_shared_phone, phone_text(people.landline, people.country, style)),
    })  # fmt: skip


def _households(company: Company) -> pa.Table:
    """One row per household, with its first home and the one it moved to."""
    homes = company.society.homes
    first, second = homes.first_address, homes.second_address
    has_moved = homes.moved_at <= company.clock.end
    place = homes.addresses
    return pa.table({
        "household_id": np.arange(len(homes.kind)), "kind": pick(words(list(TYPES)), homes.kind), "country": _country(homes.country),
        "has_shared_email": homes.has_shared_email, "has_shared_phone": homes.has_shared_phone,
        "is_in_flat_block": place.addition[first] > 0, "street": place.street_text(first), "house_number": place.house_text(first),
        "postcode": place.postcode_text(first), "city": place.city_text(first), "moved_at": _moments(homes.moved_at, company.clock),
        "new_street": keep(has_moved, place.street_text(second)), "new_house_number": keep(has_moved, place.house_text(second)),
        "new_postcode": keep(has_moved, place.postcode_text(second)), "new_city": keep(has_moved, place.city_text(second)),
    })  # fmt: skip


def _companies(company: Company) -> pa.Table:
    """One row per company, those included that never dealt with us."""
    companies = company.society.companies
    return pa.table({
        "company_id": np.arange(companies.size), "country": _country(companies.country), "company_name": companies.name,
        "legal_form": companies.legal_form, "company_number": companies.number, "vat_number": companies.vat, "domain": companies.domain,
        "nace_code": companies.nace, "employee_count": companies.employees, "parent_company_id": or_null(companies.parent),
        "has_contacts": np.isin(np.arange(companies.size), _employers(company)),
    })  # fmt: skip


def _employers(company: Company) -> np.ndarray:
    contacts = company.society.contacts
    has_changed = contacts.changed_at <= company.clock.end
    return np.unique(np.concatenate([contacts.company, contacts.new_company[has_changed]]))


def _employments(company: Company) -> pa.Table:
    """One row per person and employer, with the moment it begins (null: before the period) and ends, and where they work.

    A person with a home address, phone and mailbox is rightly reached there; the contact points at work are right for people
    who never gave any at home.
    """
    society, contacts = company.society, company.society.contacts
    changed = contacts.changed_at <= company.clock.end
    count, moves = len(contacts.person), int(changed.sum())
    person = np.concatenate([contacts.person, contacts.person[changed]])
    employer = np.concatenate([contacts.company, contacts.new_company[changed]])
    contact = np.concatenate([np.arange(count), np.flatnonzero(changed)])
    until = np.concatenate([contacts.changed_at, np.full(moves, FAR)])
    since = np.concatenate([np.full(count, FAR), contacts.changed_at[changed]])
    at_second = contacts.is_at_second_site[contact]
    first, second = society.companies.site, society.companies.second_site
    return pa.table({
        "person_id": person, "company_id": employer,
        "since": _moments(since, company.clock), "until": _moments(until, company.clock),
        "job_title": contacts.title_text(contact),
        "email": work_email(society.people, society.companies, person, employer),
        "phone": phone_text(society.companies.phone[employer], society.companies.country[employer], np.full(len(person), 2)),
        "street": choose(at_second, second.street_text(employer), first.street_text(employer)),
        "house_number": choose(at_second, second.house_text(employer), first.house_text(employer)),
        "postcode": choose(at_second, second.postcode_text(employer), first.postcode_text(employer)),
        "city": choose(at_second, second.city_text(employer), first.city_text(employer)),
    })  # fmt: skip


def _traits(company: Company) -> pa.Table:
    """One row per person: the causes of behaviour. Rates are per year.

    Who has not dropped out is expected to order, next year, the rate times the mean of the year still lived through.
    """
    traits, clock, names = company.traits, company.clock, words(company.catalogue.department_names)
    gone = traits.active_until < clock.end
    next_year = traits.rate * -np.expm1(-traits.dropout_rate) / traits.dropout_rate
    return pa.table({
        "person_id": np.arange(len(traits.rate)), "is_buyer": traits.is_buyer, "purchase_rate": traits.rate,
        "dropout_rate": traits.dropout_rate, "active_from": _moments(traits.active_from, clock),
        "dropped_out_at": _moments(np.where(gone, traits.active_until, FAR), clock),
        "favourite_department": pick(names, traits.department), "second_department": pick(names, traits.second_department),
        "expected_orders_next_year": np.where(gone, 0.0, next_year), "preferred_channel": pick(words(list(CHANNELS)), traits.channel), "preferred_hour": traits.hour,
        "customer_number": or_null(np.where(traits.number > 0, traits.number, -1)),
        "second_customer_number": or_null(np.where(traits.second_number > 0, traits.second_number, -1)),
        "registered_at": _moments(np.where(traits.number > 0, traits.registered_at, FAR), clock),
        "subscribed_at": _moments(np.where(traits.is_subscriber, traits.subscribed_at, FAR), clock),
        "confirmed_at": _moments(np.where(traits.is_subscriber, traits.confirmed_at, FAR), clock),
        "mail_dead_from": _moments(np.where(traits.is_subscriber, traits.mail_dead_from, FAR), clock),
        "unsubscribed_at": _moments(np.where(traits.is_subscriber, traits.unsubscribed_at, FAR), clock),
        "open_probability": traits.opens, "click_probability": traits.clicks, "uplift": traits.persuadable, "visits_per_year": traits.browses,
    })  # fmt: skip


def _campaigns(company: Company) -> pa.Table:
    """One row per campaign: contacted, held out, and what the contacts really changed."""
    plan, size = company.campaigns, len(company.campaigns.code)
    held, orders = plan.is_held_out, company.orders

    def per_campaign(mask: np.ndarray) -> np.ndarray:
        return np.bincount(plan.picked_campaign[mask], minlength=size)

    return pa.table({
        "campaign_id": words(plan.code), "contacted": per_campaign(~held), "held_out": per_campaign(held),
        "orders_brought": per_campaign(orders.campaign_extra), "orders_cost": per_campaign(orders.campaign_lost),
        "mean_uplift_of_contacted": [float(plan.uplift[(plan.picked_campaign == place) & ~held].mean()) if size else 0.0 for place in range(size)],
        "contacted_buyers_anyway": per_campaign(orders.campaign_organic & ~held), "held_out_buyers": per_campaign(orders.campaign_organic & held),
    })  # fmt: skip


def _campaign_contacts(company: Company) -> pa.Table:
    """One row per campaign and person picked for it."""
    plan, orders = company.campaigns, company.orders
    return pa.table({
        "campaign_id": pick(words(plan.code), plan.picked_campaign), "person_id": plan.picked_person, "is_held_out": plan.is_held_out,
        "uplift": plan.uplift, "would_have_bought_anyway": orders.campaign_organic, "brought_an_order": orders.campaign_extra,
        "cost_an_order": orders.campaign_lost,
    })  # fmt: skip


def _permissions(company: Company) -> pa.Table:
    """One row per act; purpose and channel null: everything. Those not in the feed of consents show in the newsletter's events."""
    acts = company.permissions
    purpose, channel = asked_for(acts.asked)
    return pa.table({
        "person_id": acts.person, "at": _moments(acts.at, company.clock), "action": pick(words(list(ACTIONS)), acts.action),
        "purpose": purpose, "channel": channel, "is_in_consents": acts.is_in_centre,
    })  # fmt: skip


def _orders(company: Company) -> pa.Table:
    """One row per order of any channel, whoever the row in the file names."""
    orders = company.orders
    amount = np.bincount(orders.line_order, weights=orders.amount, minlength=len(orders.person)).astype(
        np.int64
    )
    return pa.table({
        "order_number": np.arange(1, len(orders.person) + 1), "person_id": orders.person, "ordered_at": _moments(orders.at, company.clock),
        "channel": pick(words(list(CHANNELS)), orders.channel), "is_business": orders.is_business, "is_guest": orders.is_guest,
        "brought_by_campaign": pick(words(company.campaigns.code), orders.campaign), "amount_cents": amount,
    })  # fmt: skip


def _products(company: Company) -> pa.Table:
    """One row per product, with the product that is often bought with it."""
    catalogue = company.catalogue
    return pa.table({
        "product_id": catalogue.sku, "goes_with_product_id": pick(catalogue.sku, catalogue.complement),
        "list_price_cents": catalogue.cents,
    })  # fmt: skip
