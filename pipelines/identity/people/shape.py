"""The shape of each person, without identifiers: signs that strangers were merged, or that one person has two ids."""

import duckdb

from pipelines.identity.history.events import describe
from pipelines.warehouse.sql_files import sql_beside

# As in history/events.py.
DESCRIPTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "person_shape": (
        "One row per person: how many profiles and different names stand under one id.",
        {
            "person_id": "The person.",
            "profile_count": "Profiles of the person.",
            "given_name_count": "Different given names, initials apart; spellings of one name count once, and of names "
            "in characters and in Latin letters the script with more.",
            "family_name_count": "Different family names, counted likewise.",
            "has_namesake_at_same_email": "Another person has the same given name, family name and e-mail address.",
        },
    ),
}


def write_person_shape(connection: duckdb.DuckDBPyConnection) -> None:
    """Writes table identity.person_shape from identity.profile_person, the active profiles and the bad values."""
    connection.execute(sql_beside(__file__, "person_shape.sql"))
    for table, (description, columns) in DESCRIPTIONS.items():
        describe(connection, table, description, columns)
