"""The last gate and the switch: the suites of identity and the marts, then both databases published as one version."""

from collections.abc import Iterator, Sequence

import dagster as dg

from pipelines.contracts import Contract
from pipelines.expectations.checking import check_table
from pipelines.expectations.kept import judged_feeds, read_results, table_rules_file, write_results
from pipelines.expectations.reading import table_suites
from pipelines.expectations.results import Judged, sentence
from pipelines.landing.feeds import read_troubles
from pipelines.publishing.audits import empty_data_docs, stamp
from pipelines.publishing.inputs import inputs_digest
from pipelines.publishing.publishing import publish
from pipelines.publishing.versions import next_number, published_row_counts, version_name
from pipelines.resources import Stamgast


def table_rules(contracts: Sequence[Contract]) -> dg.AssetChecksDefinition:
    """The suites of tables as checks, and the pages about all that was judged."""
    suites = table_suites()

    @dg.multi_asset_check(
        specs=[
            dg.AssetCheckSpec(
                "suite", asset=dg.AssetKey([schema, table]), blocking=True, description=suite.description
            )
            for (schema, table), suite in suites.items()
        ],
        can_subset=True,
    )
    def table_rules(
        context: dg.AssetCheckExecutionContext, stamgast: Stamgast
    ) -> Iterator[dg.AssetCheckResult]:
        """Each table by its suite; Dagster runs those of identity first, since what is downstream waits for them."""
        settings = stamgast.settings
        places = settings.places
        version = next_number(places)
        row_counts = published_row_counts(places)
        for schema, table in sorted(key.asset_key.path for key in context.selected_asset_check_keys):
            results = check_table(
                schema,
                table,
                places.analytics,
                places.customers,
                previous_row_counts=row_counts.get((schema, table), []),
                as_of=settings.as_of,
                version=version,
                base_currency=settings.base_currency,
                places=places,
            )
            write_results(table_rules_file(places, f"{schema}.{table}"), results)
            broken = [result for result in results if not result.success]
            has_errors = any(result.severity == "error" for result in broken)
            yield dg.AssetCheckResult(
                asset_key=dg.AssetKey([schema, table]),
                check_name="suite",
                passed=not broken,
                severity=dg.AssetCheckSeverity.ERROR if has_errors else dg.AssetCheckSeverity.WARN,
                metadata={"rules": len(results), "rules broken": len(broken)},
                description="; ".join(sentence(result) for result in broken) or None,
            )
        files = {name: table_rules_file(places, ".".join(name)) for name in suites}
        if not all(file.exists() for file in files.values()):
            return  # the others are judged later, or were not asked for
        from pipelines.expectations.data_docs import write_data_docs  # with Great Expectations, as above

        tables = [
            Judged("/".join(name), suites[name].description, read_results([file]))
            for name, file in files.items()
        ]
        judged = [*judged_feeds(places, contracts, settings.as_of), *tables]
        write_data_docs(
            judged, empty_data_docs(places), version_name(settings.as_of, version), settings.as_of
        )
        if not any(one.broken("error") for one in tables):
            stamp(places, "suites", inputs_digest(settings, contracts))

    return table_rules


def published(contracts: Sequence[Contract], built: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """Both databases as one step behind all that is built."""

    @dg.multi_asset(
        specs=[
            dg.AssetSpec(
                ["published", database],
                group_name="published",
                owners=["team:data"],
                kinds={"duckdb"},
                deps=built,
                description=description,
            )
            for database, description in (
                (
                    "analytics",
                    "warehouse/current/analytics.duckdb: facts and marts without direct identifiers.",
                ),
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
            inputs_digest(settings, contracts),
            read_troubles(settings.places, contracts),
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
                    "data docs": dg.MetadataValue.path(
                        settings.places.current / settings.places.data_docs.name / "index.html"
                    ),
                    "bytes": (settings.places.current / f"{database}.duckdb").stat().st_size,
                },
            )

    return published
