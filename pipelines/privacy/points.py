"""Contact points in their normal form, as SQL; and their digests, by which a refusal goes on after an erasure.

What an erasure takes out of a refusal comes back as a point when a late file, a bought list or the person brings it; the
refusal then holds on it, though nobody can read from the digest what it was.
"""

from functools import cache
from typing import Any

from jinja2 import Environment

from pipelines.privacy.secret import digest
from pipelines.settings import DBT_PROJECT

_MACROS = ("email_key", "phone_keys", "number_key", "street_key", "address_key")
_ADDRESS = ("postcode_clean", "city_clean", "house_number_clean", "street_clean")
_HAS_ADDRESS = """(
    coalesce(postcode_clean, city_clean) is not null
    and (street_clean is not null or (postcode_clean is not null and house_number_clean is not null))
)"""


@cache
def _normal_forms() -> Any:
    texts = [path.read_text(encoding="utf-8") for path in sorted((DBT_PROJECT / "macros").glob("*.sql"))]
    defining = [text for text in texts if any(f"macro {macro}(" in text for macro in _MACROS)]
    return Environment(autoescape=False).from_string("\n".join(defining)).module


def normal_form(macro: str, *sql: str) -> str:
    """SQL of a macro of dbt_project/macros: models and this package compare the same forms."""
    return str(getattr(_normal_forms(), macro)(*sql)).strip()


def address_keys() -> str:
    """SQL for the keys of the postal address of clean columns, as int_contact_point_keys has them: in its country, and in any."""
    key = normal_form("address_key", "country_clean", *_ADDRESS)
    in_any = f"'?|' || substring({key}, position('|' in {key}) + 1)"
    return f"""
        case
            when not coalesce({_HAS_ADDRESS}, false) then []
            when country_clean is null then [{key}]
            else [{key}, {in_any}]
        end
    """


def refused_address_keys() -> str:
    """SQL for the keys of the address of a refusal, as int_refusals_placed has them; without a country its street may not count."""
    keys = [normal_form("address_key", "coalesce(country_clean, '?')", *_ADDRESS)]
    whole = "country_clean is null and postcode_clean is not null and house_number_clean is not null"
    in_any = f"case when {whole} then lower('?|' || postcode_clean || '|' || house_number_clean) end"
    return f"""
        case
            when not coalesce({_HAS_ADDRESS}, false) then []
            else list_filter([{keys[0]}, {in_any}], lambda held: held is not null)
        end
    """


def point_digest(kind: str, sql: str) -> str:
    """SQL for the digest of a point by one of its keys; `kind` is email, phone or address."""
    return digest(f"'{kind}|' || {sql}")


def digests_of_row() -> str:
    """SQL for the digests of all points of a row of refusals.parquet, in one order; those of an erased row as they are.

    The connection knows the key of erasures.
    """
    listed = {"email": "email_keys", "phone": "phone_keys", "address": refused_address_keys()}
    digests = " || ".join(
        f"list_transform(coalesce({keys}, []::varchar[]), lambda held: {point_digest(kind, 'held')})"
        for kind, keys in listed.items()
    )
    return f"coalesce(point_digests, list_sort(list_distinct({digests})))"
