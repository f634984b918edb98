"""The forms in which contact points are compared, as SQL: those of dbt, so that models and Python agree."""

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
    """SQL of an address, in the form of email_clean, without its +tag."""
    return _form("email_key", email)


def phone_keys(phone: str) -> str:
    """SQL of the list of what a refusal may call a number in E.164 form."""
    return _form("phone_keys", phone)


def number_key(number: str) -> str:
    """SQL of a customer number or record id, as it is compared."""
    return _form("number_key", number)


def street_key(street: str) -> str:
    """SQL of a street, however it is abbreviated."""
    return _form("street_key", street)


def address_key(country: str, postcode: str, city: str, house_number: str, street: str) -> str:
    """SQL of a postal address as one text, whose first part is its country; `street` as `street_key` has it."""
    return _form("address_key", country, postcode, city, house_number, street)


def address_by_town(country: str, city: str, house_number: str, street: str) -> str:
    """SQL of the same of an address by its town, whatever its postcode; null without street or town."""
    return _form("address_by_town", country, city, house_number, street)


def house_key(house_number: str) -> str:
    """SQL of a house number with its addition, however they are parted."""
    return _form("house_key", house_number)


def telling_postcodes() -> str:
    """SQL of the list of countries whose postcode is part of one street."""
    return _form("telling_postcodes")
