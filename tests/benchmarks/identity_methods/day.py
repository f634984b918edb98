"""A day's work: all but the newest profiles known from before, then the rest; compared with all at once."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from pipelines.identity import resolve
from pipelines.warehouse.database import connect, text
from tests.benchmarks.identity_methods.measured import Cost, measured
from tests.benchmarks.identity_sets.prepared import Prepared

# The day before held all but this share of the profiles.
NEW_SHARE = 0.01
PARTITION = "select profile_id, person_id from identity.profile_person"


@contextmanager
def day(prepared: Prepared) -> Iterator[tuple[duckdb.DuckDBPyConnection, Cost, bool]]:
    """A connection after the day, what the day cost, and whether its people are those of all at once."""
    places = prepared.places
    before = places.build / "day_before" / "scratch.duckdb"
    before.parent.mkdir(exist_ok=True)
    before.unlink(missing_ok=True)
    with connect(places, before) as connection:
        connection.execute(f"attach {text(places.scratch)} as whole (read_only)")
        connection.execute(f"""
            create schema intermediate;
            create table intermediate.int_profiles_seen as
            select * from whole.intermediate.int_profiles_seen
            where profile_id <= (
                select quantile_cont(profile_id, {1 - NEW_SHARE}) from whole.intermediate.int_profiles_seen
            )
        """)
    with prepared.opened() as connection:
        resolve(connection)
        at_once = connection.execute(f"{PARTITION} order by profile_id").to_arrow_table()
    with prepared.opened() as connection:
        state = places.build / "identity.duckdb"
        connection.execute(f"detach scratch; attach {text(before)} as scratch (read_only)")
        resolve(connection, state=state)
        connection.execute(f"detach scratch; attach {text(places.scratch)} as scratch (read_only)")
        with measured() as cost:
            resolve(connection, state=state)
        one_by_one = connection.execute(f"{PARTITION} order by profile_id").to_arrow_table()
        yield connection, cost, one_by_one.equals(at_once)
    before.unlink()
