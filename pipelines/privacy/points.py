"""Contact points in their normal form, as SQL; and their digests, by which a refusal goes on after an erasure.

What an erasure takes out of a refusal comes back as a point when a late file, a bought list or the person brings it; the
refusal then holds on it, though nobody can read from the digest what it was.
"""

from pipelines.normalising.point_keys import address_key
from pipelines.privacy.secret import digest

_ADDRESS = ("postcode", "city", "house_number", "street")


def _has_address(suffix: str) -> str:
    postcode, city, house_number, street = (f"{column}{suffix}" for column in _ADDRESS)
    return (
        f"(coalesce({postcode}, {city}) is not null and "
        f"({street} is not null or ({postcode} is not null and {house_number} is not null)))"
    )


def address_keys(suffix: str = "_clean") -> str:
    """SQL for the keys of the address in columns whose names end so, as int_contact_point_keys has them: in its country, and in any."""
    parts = [f"{column}{suffix}" for column in _ADDRESS]
    nowhere = address_key("null::varchar", *parts)
    return f"""
        case
            when not {_has_address(suffix)} then []::varchar[]
            when country{suffix} is null then [{nowhere}, '?|' || {nowhere}, '??|' || {nowhere}]
            else [{address_key(f"country{suffix}", *parts)}, {_in_any(address_key(f"country{suffix}", *parts))}]
        end
    """


def _in_any(key: str) -> str:
    return f"'?|' || substring({key}, position('|' in {key}) + 1)"


def refused_address_keys() -> str:
    """SQL for the keys of the address of a refusal, as int_refusals_placed has them; without a country its street may not count."""
    parts = [f"{column}_clean" for column in _ADDRESS]
    key = address_key("coalesce(country_clean, '?')", *parts)
    of_nowhere = f"case when country_clean is not null then {address_key(repr('??'), *parts)} end"
    whole = "country_clean is null and postcode_clean is not null and house_number_clean is not null"
    in_any = f"case when {whole} then lower('?|' || postcode_clean || '|' || house_number_clean) end"
    return f"""
        case
            when not {_has_address("_clean")} then []::varchar[]
            else list_filter([{key}, {of_nowhere}, {in_any}], lambda held: held is not null)
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
