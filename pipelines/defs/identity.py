"""Who is who: the step between profiles and people."""

from collections.abc import Iterator

import dagster as dg

from pipelines.database import connect, text
from pipelines.identity import resolve
from pipelines.resources import Stamgast

_TABLES = {
    "profile_person": "One row per profile of a person: the person it belongs to.",
    "profile_account": "One row per profile that names a company: the company it belongs to, and the rule that said so.",
    "links": "One row per link between two profiles, with its rule and evidence.",
}


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            ["identity", table],
            group_name="identity",
            owners=["team:data"],
            kinds={"python", "duckdb"},
            deps=[dg.AssetKey(["customers", "intermediate", "int_profiles_seen"])],
            description=description,
        )
        for table, description in _TABLES.items()
    ]
)
def identity(context: dg.AssetExecutionContext, stamgast: Stamgast) -> Iterator[dg.MaterializeResult]:
    """Links, vetoes, connected components."""
    settings = stamgast.settings
    with connect(settings.places.temp, settings.places.analytics) as connection:
        connection.execute(f"attach {text(settings.places.customers)} as customers")
        summary = resolve(connection, settings.sources / "overrides" / "identity.csv")
        context.log.info(str(summary))
        for table in _TABLES:
            rows = connection.execute(f"select count(*) from identity.{table}").fetchall()[0][0]
            yield dg.MaterializeResult(dg.AssetKey(["identity", table]), metadata={"dagster/row_count": rows})


@dg.definitions
def defs() -> dg.Definitions:
    """The identity layer."""
    return dg.Definitions(assets=[identity])
