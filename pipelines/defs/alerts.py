"""Sensors that alert: a run failed, or published with a stale feed."""

from collections.abc import Iterator

import dagster as dg

from pipelines.defs.alerting import alert
from pipelines.defs.daily import JOB
from pipelines.defs.sentences import check_sentence, error_sentence
from pipelines.publishing.versions import current_version
from pipelines.settings import read_settings

_TOLD = (dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.ASSET_CHECK_EVALUATION)


def what_went_wrong(events: list[dg.DagsterEvent]) -> Iterator[str]:
    """The sentences of failed steps and of broken blocking rules; they quote no data."""
    for event in events:
        if event.is_step_failure:
            if text := error_sentence(event):
                yield text
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR:
                yield check_sentence(check)


@dg.run_failure_sensor(monitored_jobs=[JOB], default_status=dg.DefaultSensorStatus.RUNNING)
def failed_run(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    """Says which run failed and why."""
    records = context.instance.all_logs(context.dagster_run.run_id, of_type=set(_TOLD))
    events = [record.dagster_event for record in records if record.dagster_event is not None]
    why = "; ".join(what_went_wrong(events)) or "its process ended; see the run in the Dagster UI"
    return _tell(f"stamgast: run {context.dagster_run.run_id} failed and published nothing: {why}")


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[JOB],
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def stale_feeds(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
    """Says which feeds are stale in what was published."""
    version = current_version(read_settings().places)
    if version is None or not version.stale_feeds:
        return dg.SkipReason("no feed is stale")
    stale = "; ".join(f"{feed}: {sentence}" for feed, sentence in version.stale_feeds.items())
    return _tell(f"stamgast: version {version.name} is published with stale feeds: {stale}")


def _tell(sentence: str) -> dg.SkipReason | None:
    return None if alert(read_settings(), sentence) else dg.SkipReason("no alert_command is set")
