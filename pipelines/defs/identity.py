"""Who is who: the step between profiles and people."""

from collections.abc import Iterator

import dagster as dg

from pipelines.database import connect, text
from pipelines.identity import resolve
from pipelines.resources import Stamgast

PROFILES = dg.AssetKey(["intermediate", "int_profiles_seen"])
TABLES = {
    ("identity", "profile_person"): "One row per profile of a person: the person it belongs to.",
    (
        "identity",
        "profile_account",
    ): "One row per profile that names a company: its company, and the rule that said so.",
    ("identity", "links"): "One row per link between two profiles, with its rule and evidence.",
    (
        "identity",
        "vetoes",
    ): "One row per pair of profiles that must not be one person, with the rule that says so.",
    ("customers", "identity", "bad_values"): "One row per value that identifies nobody, with the reason.",
}


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            list(key),
            group_name="identity",
            owners=["team:data"],
            kinds={"python", "duckdb"},
            deps=[PROFILES],
            description=description,
        )
        for key, description in TABLES.items()
    ]
)
def identity(context: dg.AssetExecutionContext, stamgast: Stamgast) -> Iterator[dg.MaterializeResult]:
    """Links, vetoes, connected components."""
    places = stamgast.settings.places
    with connect(places.temp, places.analytics) as connection:
        connection.execute(f"attach {text(places.customers)} as customers")
        connection.execute(f"attach {text(places.scratch)} as scratch (read_only)")
        summary = resolve(connection, stamgast.settings.sources / "overrides" / "identity.csv")
        context.log.info(str(summary))
        for key in TABLES:
            rows = connection.execute(f"select count(*) from {'.'.join(key)}").fetchall()[0][0]
            yield dg.MaterializeResult(dg.AssetKey(list(key)), metadata={"dagster/row_count": rows})


@dg.definitions
def defs() -> dg.Definitions:
    """The identity layer."""
    return dg.Definitions(assets=[identity])
