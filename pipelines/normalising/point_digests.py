"""Contact points in their normal form, as SQL; and their digests, by which a refusal goes on after an erasure.

What an erasure takes out of a refusal comes back as a point when a late file, a bought list or the person brings it; the
refusal then holds on it, though nobody can read from the digest what it was.
"""

from pipelines.normalising.point_keys import address_key, house_key, street_key
from pipelines.warehouse.erasure_secret import digest


def _has_address(suffix: str) -> str:
    postcode, city, house_number, street = (
        f"{column}{suffix}" for column in ("postcode", "city", "house_number", "street")
    )
    return (
        f"(coalesce({postcode}, {city}) is not null and "
        f"({street} is not null or ({postcode} is not null and {house_number} is not null)))"
    )


def _address(country: str, suffix: str) -> str:
    postcode, city, house_number = (f"{column}{suffix}" for column in ("postcode", "city", "house_number"))
    return address_key(country, postcode, city, house_number, street_key(f"street{suffix}"))


def address_keys(suffix: str = "_clean") -> str:
    """SQL for the keys of the address in columns whose names end so, as int_contact_point_keys has them."""
    # Through a list, so that the street is read once.
    return f"""
        case
            when {_has_address(suffix)}
                then flatten(list_transform([{_address(f"country{suffix}", suffix)}], lambda value: list_filter([
                    value,
                    '?|' || if(value[3] = '|', substring(value, 4), value),
                    case when value[3] <> '|' then '??|' || value end
                ], lambda held: held is not null)))
            else []::varchar[]
        end
    """


def refused_address_keys() -> str:
    """SQL for the keys of the address of a refusal, as int_refusals_placed has them."""
    in_any = f"lower(concat_ws('|', '?', postcode_clean, {house_key('house_number_clean')}))"
    return f"""
        case
            when {_has_address("_clean")}
                then list_filter([
                    {_address("coalesce(country_clean, '?')", "_clean")},
                    case when country_clean is not null then {_address("'??'", "_clean")} end,
                    case
                        when country_clean is null and postcode_clean is not null and house_number_clean is not null
                            then {in_any}
                    end
                ], lambda held: held is not null)
            else []::varchar[]
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
