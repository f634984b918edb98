"""Resolves households: people at one address who share a family name or a private contact point, with dates."""

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.identity.people.components import smallest_reachable
from pipelines.identity.rules import Rules
from pipelines.warehouse.database import texts
from pipelines.warehouse.sql_files import sql_beside


def resolve_households(connection: duckdb.DuckDBPyConnection, rules: Rules, small_group_size: int) -> None:
    """Writes identity.person_household(household_id, person_id, valid_from, valid_to, rule).

    One row per person and uninterrupted membership (valid_to null: it lasts); a person is in one household at a time, which
    may be theirs alone. household_id is the smallest person_id of those who live there now, or, of a home that all have
    left, of those who did: a family that moves keeps its id, and in a family that separates the people who stay with the
    first person keep it. A postcode area where fewer people than `small_group_size` ever lived is left empty. Reads identity.profile_person, scratch.intermediate.int_profiles_seen, state.features and
    customers.identity.bad_values.
    """
    connection.execute(
        sql_beside(__file__, "living_together.sql")
        .replace("{street_postcodes}", texts(rules.living_together.street_postcodes))
        .replace("{crowded_address}", str(rules.crowded_address))
    )
    stays = connection.execute("select stay_id from identity_stays order by stay_id").to_arrow_table()
    ties = connection.execute(
        "select stay_id, min(stay_id) over (partition by address, tie) from identity_ties"
    ).to_arrow_table()
    ids = stays["stay_id"].to_numpy()
    left, right = (column.to_numpy().astype(np.int64) for column in ties.columns)
    connection.register(
        "identity_homes_found", pa.table({"stay_id": ids, "home_id": smallest_reachable(ids, left, right)})
    )
    connection.execute(
        sql_beside(__file__, "households.sql")
        .replace("{members}", str(rules.living_together.members))
        .replace("{small_group_size}", str(small_group_size))
    )
    connection.unregister("identity_homes_found")
    connection.execute("drop table identity_homes; drop table identity_stays; drop table identity_ties")
