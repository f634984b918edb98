"""The last gate and the switch: the suites of identity and the marts, then both databases published as one version."""

from collections.abc import Iterator

import dagster as dg

from pipelines.defs.dbt import AUDIT, MODELS
from pipelines.defs.history import TABLES
from pipelines.defs.landing import CONTRACTS
from pipelines.expectations.checking import check_table
from pipelines.expectations.kept import judged_feeds
from pipelines.expectations.reading import table_suites
from pipelines.expectations.results import Judged, sentence
from pipelines.feeds import read_troubles
from pipelines.publishing import (
    DATA_DOCS,
    empty_data_docs,
    inputs_digest,
    next_number,
    publish,
    published_row_counts,
    stamp,
    version_name,
)
from pipelines.resources import Stamgast

SUITES = table_suites()


@dg.multi_asset_check(
    specs=[
        dg.AssetCheckSpec(
            "suite", asset=dg.AssetKey([schema, table]), blocking=True, description=suite.description
        )
        for (schema, table), suite in SUITES.items()
    ],
    can_subset=True,
)
def table_rules(context: dg.AssetCheckExecutionContext, stamgast: Stamgast) -> Iterator[dg.AssetCheckResult]:
    """Every table that has a suite by its suite; of a selection those selected, which is no audit of the whole."""
    settings = stamgast.settings
    selected = {tuple(key.asset_key.path) for key in context.selected_asset_check_keys}
    version = next_number(settings.places)
    has_errors = False
    row_counts = published_row_counts(settings.places)
    judged = judged_feeds(settings.places, CONTRACTS, settings.as_of)
    for schema, table in sorted(selected):
        results = check_table(
            schema,
            table,
            settings.places.analytics,
            settings.places.customers,
            previous_row_counts=row_counts.get((schema, table), []),
            as_of=settings.as_of,
            version=version,
            base_currency=settings.base_currency,
            places=settings.places,
        )
        judged.append(Judged(f"{schema}/{table}", SUITES[schema, table].description, results))
        broken = [result for result in results if not result.success]
        errors = [result for result in broken if result.severity == "error"]
        has_errors = has_errors or bool(errors)
        yield dg.AssetCheckResult(
            asset_key=dg.AssetKey([schema, table]),
            check_name="suite",
            passed=not broken,
            severity=dg.AssetCheckSeverity.ERROR if errors else dg.AssetCheckSeverity.WARN,
            metadata={"rules": len(results), "rules broken": len(broken)},
            description="; ".join(sentence(result) for result in broken) or None,
        )
    if selected != SUITES.keys():
        return
    from pipelines.expectations.data_docs import write_data_docs  # with Great Expectations, as above

    folder = empty_data_docs(settings.places)
    write_data_docs(judged, folder, version_name(settings.as_of, version), settings.as_of)
    if not has_errors:
        stamp(settings.places, "suites", inputs_digest(settings, CONTRACTS))


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            ["published", database],
            group_name="published",
            owners=["team:data"],
            kinds={"duckdb"},
            deps=[AUDIT, *sorted(MODELS.keys), *TABLES],
            description=description,
        )
        for database, description in (
            ("analytics", "warehouse/current/analytics.duckdb: facts and marts without direct identifiers."),
            (
                "customers",
                "warehouse/current/customers.duckdb: people, companies and households with their identifiers.",
            ),
        )
    ]
)
def published(context: dg.AssetExecutionContext, stamgast: Stamgast) -> Iterator[dg.MaterializeResult]:
    """One atomic switch."""
    settings = stamgast.settings
    version = publish(
        settings,
        inputs_digest(settings, CONTRACTS),
        read_troubles(settings.places, CONTRACTS),
        stamgast.may_go_back,
    )
    context.log.info(f"published version {version.name}")
    for database in ("analytics", "customers"):
        yield dg.MaterializeResult(
            dg.AssetKey(["published", database]),
            metadata={
                "version": version.name,
                "as of": version.as_of.isoformat(),
                "stale feeds": dg.MetadataValue.md(
                    "\n".join(f"- {feed}: {said}" for feed, said in version.stale_feeds.items()) or "none"
                ),
                "data docs": dg.MetadataValue.path(settings.places.current / DATA_DOCS / "index.html"),
                "bytes": (settings.places.current / f"{database}.duckdb").stat().st_size,
            },
        )


@dg.definitions
def defs() -> dg.Definitions:
    """The published layer."""
    return dg.Definitions(assets=[published], asset_checks=[table_rules])
