"""Any set with one group of fields withheld."""

from pathlib import Path

from tests.benchmarks.identity_sets.prepared import Prepared, derive

# What a `select * replace` over int_profiles_seen leaves of a field group.
WITHHELD = {
    "no-birth-date": "null::date as birth_date_clean",
    "no-email-phone": "null::varchar as email_clean, null::varchar as phone_clean",
    "no-address": ", ".join(
        f"null::varchar as {column}"
        for column in ("street_clean", "house_number_clean", "postcode_clean", "postcode_area", "city_clean")
    ),
    # A Chinese given name keeps its first character: the initial of a name that has no letters.
    "initials": """
        null::varchar as full_name,
        case
            when regexp_matches(given_name_clean, '^[A-Za-zÀ-ɏ]') then upper(left(given_name_clean, 1)) || '.'
            else left(given_name_clean, 1)
        end as given_name_clean
    """,
}


def withheld(keep: Path, name: str, base: Prepared, group: str) -> Prepared:
    """The same set, had nobody asked for those fields."""
    return derive(keep / name, base, WITHHELD[group])
