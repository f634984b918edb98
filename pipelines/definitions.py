"""What Dagster finds: every asset, check, job, schedule and sensor, run in one process."""

import dagster as dg

from pipelines.contracts import read_contracts
from pipelines.defs import alerts, daily, dbt, history, identity, landing, publishing
from pipelines.defs.project import read_project
from pipelines.resources import resources
from pipelines.settings import Settings, read_settings


def build_definitions(settings: Settings) -> dg.Definitions:
    """The pipeline of these contracts; in one process, since two would fight over DuckDB's file lock.

    Raises StamgastError: a contract or variable cannot be used, dbt cannot parse the project.
    """
    contracts = read_contracts(settings.sources)
    project = read_project(settings)
    models = dbt.models(project, contracts)
    audit = dbt.invariants(project, contracts, sorted(models.keys))
    built = [audit.key, *sorted(models.keys), *history.TABLES]
    return dg.Definitions(
        assets=[
            *map(landing.feed_asset, contracts),
            landing.index(contracts),
            models,
            identity.identity,
            history.identity_history,
            audit,
            publishing.published(contracts, built),
        ],
        asset_checks=[publishing.table_rules(contracts)],
        jobs=[daily.JOB],
        schedules=[daily.daily],
        sensors=[alerts.failed_run, alerts.stale_feeds],
        resources=resources(),
        executor=dg.in_process_executor,
    )


@dg.definitions
def definitions() -> dg.Definitions:
    """The pipeline of the settings in force; Dagster asks for it whenever it loads or reloads this code."""
    return build_definitions(read_settings())
