"""What became of person ids since the last published version, and the shape of each person, for the audit."""

from collections.abc import Iterator

import dagster as dg

from pipelines.defs.identity import PROFILES
from pipelines.identity.history import events
from pipelines.identity.people import shape
from pipelines.publishing.audits import forget_audits
from pipelines.publishing.versions import history_file, next_number
from pipelines.resources import Stamgast
from pipelines.warehouse.database import attach, connect

_DESCRIPTIONS = events.DESCRIPTIONS | shape.DESCRIPTIONS
TABLES = {dg.AssetKey(["identity", table]): description for table, (description, _) in _DESCRIPTIONS.items()}
_READ = [
    PROFILES,
    dg.AssetKey(["identity", "profile_person"]),
    dg.AssetKey(["customers", "identity", "bad_values"]),
]


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            key,
            group_name="identity",
            owners=["team:data"],
            kinds={"python", "duckdb"},
            deps=_READ,
            description=description,
        )
        for key, description in TABLES.items()
    ]
)
def identity_history(stamgast: Stamgast) -> Iterator[dg.MaterializeResult]:
    """The people of this build beside those of the last published version."""
    settings = stamgast.settings
    places = settings.places
    forget_audits(places, (".".join(key.path) for key in TABLES))
    with connect(places, places.analytics) as connection:
        attach(connection, places, places.customers, read_only=True)
        attach(connection, places, places.scratch, read_only=True)
        events.write_history(
            connection,
            history_file(places, "person_history", settings.as_of),
            next_number(places),
            settings.as_of,
            places,
        )
        shape.write_person_shape(connection)
        for key in TABLES:
            rows = connection.execute(f"select count(*) from {'.'.join(key.path)}").fetchall()[0][0]
            yield dg.MaterializeResult(key, metadata={"dagster/row_count": rows})
