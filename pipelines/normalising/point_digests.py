"""SQL for contact points in normal form and for their digests, by which a refusal still holds after an erasure.

An erasure removes the contact points of a refusal. If one comes back with a late file, a bought list or the person, the
refusal holds there by its digest, from which nobody can read the contact point.
"""

from pipelines.normalising.point_keys import (
    address_by_town,
    address_key,
    house_key,
    keys_of_emails,
    loose_addresses,
    street_key,
)
from pipelines.warehouse.erasure_secret import digest


def _has_address(suffix: str) -> str:
    postcode, city, house_number, street = (
        f"{column}{suffix}" for column in ("postcode", "city", "house_number", "street")
    )
    return (
        f"(coalesce({postcode}, {city}) is not null and "
        f"({street} is not null or ({postcode} is not null and {house_number} is not null)))"
    )


def _forms(country: str, suffix: str) -> tuple[str, str]:
    """SQL for the address by its postcode (null without one) and by its town; `street`: in the form of street_key."""
    postcode, city, house_number = (f"{column}{suffix}" for column in ("postcode", "city", "house_number"))
    return (
        address_key(country, postcode, city, house_number, "street"),
        address_by_town(country, city, house_number, "street"),
    )


def _keys_of_street(keys: str, suffix: str) -> str:
    """SQL for the list `keys` of an address in their loose forms, without nulls, its `street` read once."""
    held = f"flatten(list_transform([{street_key(f'street{suffix}')}], lambda street: {keys}))"
    return f"""
        case
            when {_has_address(suffix)}
                then list_distinct(flatten(list_transform(
                    list_filter({held}, lambda held: held is not null), lambda held: [held] || {loose_addresses("held")}
                )))
            else []::varchar[]
        end
    """


def address_keys(suffix: str = "_clean") -> str:
    """SQL for the keys of the address in the columns with this suffix, equal to those of int_contact_point_keys."""
    value, by_town = _forms(f"country{suffix}", suffix)
    keys = f"""
        flatten(list_transform(
            [
                {{'prefix': '', 'value': {value}}},
                {{'prefix': 'town|', 'value': case when postcode{suffix} is not null then {by_town} end}}
            ],
            lambda form: [
                form.prefix || form.value,
                form.prefix || '?|' || if(form.value[3] = '|', substring(form.value, 4), form.value),
                case when form.value[3] <> '|' then form.prefix || '??|' || form.value end
            ]
        ))
    """
    return _keys_of_street(keys, suffix)


def refused_address_keys() -> str:
    """SQL for the keys of the address of a refusal, equal to those of int_refusals_placed."""
    keys = [
        f"case when {country} is not null then {key} end"
        for country in ("coalesce(country_clean, '?')", "if(country_clean is null, null, '??')")
        for value, by_town in (_forms(country, "_clean"),)
        for key in (value, f"if(postcode_clean is null, 'town|', '') || {by_town}")
    ]
    in_any = f"lower(concat_ws('|', '?', postcode_clean, {house_key('house_number_clean')}))"
    keys.append(
        f"case when country_clean is null and postcode_clean is not null and house_number_clean is not null then {in_any} end"
    )
    return _keys_of_street(f"[{', '.join(keys)}]", "_clean")


def point_digest(kind: str, sql: str) -> str:
    """SQL for the digest of a point by one of its keys; `kind` is email, phone or address."""
    return digest(f"'{kind}|' || {sql}")


def digests_of_row() -> str:
    """SQL for the sorted digests of all contact points of a row of refusals.parquet; those of an erased row unchanged.

    The connection knows the key of erasures.
    """
    listed = {"email": keys_of_emails("email_keys"), "phone": "phone_keys", "address": refused_address_keys()}
    digests = " || ".join(
        f"list_transform(coalesce({keys}, []::varchar[]), lambda held: {point_digest(kind, 'held')})"
        for kind, keys in listed.items()
    )
    return f"coalesce(point_digests, list_sort(list_distinct({digests})))"
