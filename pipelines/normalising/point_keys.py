"""SQL for the keys by which contact points are compared, rendered from the macros of dbt, so that models and Python agree."""

from functools import cache
from typing import Any

from jinja2 import Environment

from pipelines.settings import DBT_PROJECT


@cache
def _macros() -> Any:
    macros = (DBT_PROJECT / "macros" / "normal_forms.sql").read_text(encoding="utf-8")
    return Environment(autoescape=False).from_string(macros).module


def _form(macro: str, *sql: str) -> str:
    return str(getattr(_macros(), macro)(*sql)).strip()


def email_key(email: str) -> str:
    """SQL for an e-mail address (in the form of email_clean) without its +tag."""
    return _form("email_key", email)


def email_keys(email: str) -> str:
    """SQL for the list of keys under which a refusal may have an e-mail address in the form of email_clean."""
    return _form("email_keys", email)


def keys_of_emails(keys: str) -> str:
    """SQL for the list of all keys of a list of `email_key`, never null."""
    return f"coalesce(flatten(list_transform({keys}, lambda key: {email_keys('key')})), []::varchar[])"


def phone_keys(phone: str) -> str:
    """SQL for the list of keys under which a refusal may have a phone number in E.164 form."""
    return _form("phone_keys", phone)


def number_key(number: str) -> str:
    """SQL for the key of a customer number or record id."""
    return _form("number_key", number)


def number_form(key: str) -> str:
    """SQL for the form in which refusals look for a key of `number_key`: without separators."""
    return _form("number_form", key)


def refused_numbers(key: str) -> str:
    """SQL for the list of numbers, in the form of `number_form`, that a cell of a refusal may mean; `key`: of `number_key`."""
    return _form("refused_numbers", key)


def street_key(street: str) -> str:
    """SQL for the key of a street, equal for all abbreviations."""
    return _form("street_key", street)


def address_key(country: str, postcode: str, city: str, house_number: str, street: str) -> str:
    """SQL for the key of a postal address, which begins with its country; `street`: a key of `street_key`."""
    return _form("address_key", country, postcode, city, house_number, street)


def address_by_town(country: str, city: str, house_number: str, street: str) -> str:
    """SQL for the key of an address by its town instead of its postcode; null without street or town."""
    return _form("address_by_town", country, city, house_number, street)


def loose_addresses(key: str) -> str:
    """SQL for the list of forms in which a refusal's address and a contact point's are compared, of a key of `address_key`."""
    return _form("loose_addresses", key)


def house_key(house_number: str) -> str:
    """SQL for the key of a house number with its addition, equal for all separators."""
    return _form("house_key", house_number)


def telling_postcodes() -> str:
    """SQL for the list of countries whose postcode is part of one street."""
    return _form("telling_postcodes")
