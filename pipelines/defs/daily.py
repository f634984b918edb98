"""The one job and its daily schedule, which passes its tick as `as_of`."""

import dagster as dg

JOB = dg.define_asset_job(
    "stamgast",
    selection=dg.AssetSelection.all(),
    description="From delivered files to published files.",
    # A run that died is begun anew: what it built is only half there.
    tags={"dagster/retry_strategy": "ALL_STEPS"},
)


@dg.schedule(job=JOB, cron_schedule="0 5 * * *", execution_timezone="Europe/Amsterdam")
def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Every morning, as of the day of the tick."""
    day = (context.scheduled_execution_time.date()).isoformat()
    return dg.RunRequest(run_key=day, run_config={"resources": {"stamgast": {"config": {"as_of": day}}}})
