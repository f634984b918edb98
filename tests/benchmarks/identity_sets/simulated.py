"""Simulated companies; and any set with one group of fields withheld."""

from pathlib import Path

import duckdb

from pipelines.database import text
from pipelines.simulator import simulate
from tests.benchmarks.identity_sets.prepared import AS_OF, Prepared, derive, prepare

# What a `select * replace` over int_profiles_seen leaves of a field group.
WITHHELD = {
    "no-birth-date": "null::varchar as birth_date, null::date as birth_date_clean",
    "no-email-phone": ", ".join(
        f"null::varchar as {column}" for column in ("email", "email_clean", "phone", "phone_clean")
    ),
    "no-address": ", ".join(
        f"null::varchar as {column}"
        for field in ("street", "house_number", "postcode", "city")
        for column in (field, f"{field}_clean")
    )
    + ", null::varchar as postcode_area",
    # A Chinese given name keeps its first character: the initial of a name that has no letters.
    "initials": """
        null::varchar as full_name,
        upper(left(trim(given_name), 1)) || '.' as given_name,
        case
            when regexp_matches(given_name_clean, '^[A-Za-zÀ-ɏ]') then upper(left(given_name_clean, 1)) || '.'
            else left(given_name_clean, 1)
        end as given_name_clean
    """,
}


def company(keep: Path, name: str, people: int, seed: int) -> Prepared:
    """A company of so many people; twins, namesakes and users of a shared mailbox are groups apart."""

    def make(folder: Path) -> None:
        simulate(people, seed, folder, as_of=AS_OF)
        _write_groups(folder / "truth")

    return prepare(keep / name, make)


def withheld(keep: Path, name: str, base: Prepared, group: str) -> Prepared:
    """The same set, had nobody asked for those fields."""
    return derive(keep / name, base, WITHHELD[group])


def _write_groups(truth: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"""
            copy (
                with people as (from read_parquet({text(truth / "people.parquet")})),
                namesakes as (select distinct household_id, given_name, family_name from people where role = 'namesake')
                select person_id, 'twins' as name from people where role = 'twin'
                union all
                select person_id, 'parent and child of one name' from people
                semi join namesakes using (household_id, given_name, family_name)
                union all
                select person_id, 'shared mailbox' from people
                semi join (
                    from read_parquet({text(truth / "households.parquet")}) where has_shared_email
                ) using (household_id)
            ) to {text(truth / "groups.parquet")} (format parquet)
        """)
