"""Contact points in their normal form, as SQL; and their digests, by which a refusal goes on after an erasure.

What an erasure takes out of a refusal comes back as a point when a late file, a bought list or the person brings it; the
refusal then holds on it, though nobody can read from the digest what it was.
"""

from functools import cache
from typing import Any

from jinja2 import Environment

from pipelines.privacy.secret import digest
from pipelines.settings import DBT_PROJECT

# As in int_profile_points: countries whose postcode is part of one street.
_TELLING_POSTCODES = ("NL", "GB", "IE", "CA", "PT", "BR", "JP", "SG")


@cache
def _normal_forms() -> Any:
    macros = (DBT_PROJECT / "macros" / "normal_forms.sql").read_text(encoding="utf-8")
    return Environment(autoescape=False).from_string(macros).module


def normal_form(macro: str, sql: str) -> str:
    """SQL of a macro of dbt_project/macros/normal_forms.sql: models and this package compare the same forms."""
    return str(getattr(_normal_forms(), macro)(sql)).strip()


def address_value() -> str:
    """SQL for the postal address of clean columns as one text, null without one.

    It says what `value` of an address is in int_profile_points; a test compares both.
    """
    street = normal_form("street_key", "street_clean")
    return f"""
        case
            when
                coalesce(postcode_clean, city_clean) is not null
                and (street_clean is not null or (postcode_clean is not null and house_number_clean is not null))
                then lower(strip_accents(concat_ws(
                    '|',
                    country_clean,
                    coalesce(postcode_clean, city_clean),
                    house_number_clean,
                    case
                        when
                            coalesce(country_clean not in {_TELLING_POSTCODES}, true)
                            or postcode_clean is null
                            or house_number_clean is null
                            then {street}
                    end
                )))
        end
    """


def point_digest(kind: str, sql: str) -> str:
    """SQL for the digest of a point: of an email or phone by its key, of an address by its value."""
    return digest(f"'{kind}|' || {sql}")


def digests_of_row() -> str:
    """SQL for the digests of all points of a row of refusals.parquet, in one order; those of an erased row as they are.

    The connection knows the key of erasures.
    """
    address = f"list_filter([{point_digest('address', address_value())}], lambda held: held is not null)"
    keys = " || ".join(
        f"list_transform(coalesce({kind}_keys, []::varchar[]), lambda held: {point_digest(kind, 'held')})"
        for kind in ("email", "phone")
    )
    return f"coalesce(point_digests, list_sort(list_distinct({keys} || {address})))"
