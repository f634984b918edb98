"""Simulated companies."""

from pathlib import Path

import duckdb

from pipelines.simulator import simulate
from pipelines.warehouse.database import text
from tests.benchmarks.identity_sets.prepared import AS_OF, Prepared, prepare


def company(keep: Path, name: str, people: int, seed: int) -> Prepared:
    """A company of so many people; twins, namesakes and users of a shared mailbox are groups apart."""

    def make(folder: Path) -> None:
        simulate(people, seed, folder, as_of=AS_OF)
        _write_groups(folder / "truth")

    return prepare(keep / name, make)


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
