"""Runs the job in this process, for the command line: the same assets, checks and event log as a scheduled run."""

import logging
import os
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb
from sqlalchemy.exc import SQLAlchemyError

from pipelines.dbt.running import dbt_environment
from pipelines.definitions import build_definitions
from pipelines.defs.sentences import check_sentence, error_sentence
from pipelines.errors import StamgastError
from pipelines.orchestration.dagster_internals import storage_kept_open
from pipelines.settings import Settings
from pipelines.warehouse.places import Places

DAGSTER_YAML = """\
# Written by Stamgast. One run at a time: the warehouse has one writer.
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
# A run whose process died is noticed and begun anew; one whose step failed says why, and waits for a mend.
run_monitoring:
  enabled: true
  poll_interval_seconds: 60
run_retries:
  enabled: true
  max_retries: 2
  retry_on_asset_or_op_failure: false
freshness:
  enabled: true
retention:
  schedule:
    purge_after_days: 30
  sensor:
    purge_after_days: 30
"""


# Less than Dagster, dbt and DuckDB write within seconds.
_LEAST_FREE_BYTES = 32_000_000


@dataclass(frozen=True)
class Step:
    """A step that ended: its name, whether it did what it should, and its seconds."""

    name: str
    succeeded: bool
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """How a run ended: published or not, the sentences of broken blocking rules, of warnings, and of errors."""

    succeeded: bool
    blocked_by: tuple[str, ...]
    warnings: tuple[str, ...]
    errors: tuple[str, ...]


def prepare_home(places: Places) -> None:
    """Makes Dagster's home in the warehouse, with telemetry off."""
    places.dagster_home.mkdir(parents=True, exist_ok=True)
    path = places.dagster_home / "dagster.yaml"
    if not path.exists() or path.read_text("utf-8") != DAGSTER_YAML:
        path.write_text(DAGSTER_YAML, encoding="utf-8")


def environment(settings: Settings) -> dict[str, str]:
    """What Dagster's processes need to know."""
    return dbt_environment(settings) | {"DAGSTER_HOME": str(settings.places.dagster_home)}


def full_disk(places: Places) -> str | None:
    """What to say when the warehouse's disk has hardly room left, else None."""
    free = shutil.disk_usage(places.root).free
    if free >= _LEAST_FREE_BYTES:
        return None
    return f"{places.root}: the disk is full ({free / 1e6:.0f} MB free); what was landed is safe: make room and run again"


@contextmanager
def _disk_watched(places: Places) -> Iterator[None]:
    """Where the disk is full every part fails in its own words (DuckDB, SQLite, dbt): one sentence for all.

    Raises StamgastError: something failed, and there is hardly room left.
    """
    try:
        yield
    except (OSError, duckdb.Error, SQLAlchemyError, dg.DagsterError) as error:
        if (hint := full_disk(places)) is None:
            raise
        raise StamgastError(hint) from error


def _progress(tell: Callable[[Step], None]) -> dg.LoggerDefinition:
    """A Dagster logger that reports each step's end and is silent about the rest."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            event = getattr(record, "dagster_meta", {}).get("dagster_event")
            if event is not None and event.is_step_success:
                tell(Step(event.step_key, True, event.step_success_data.duration_ms / 1000))
            elif event is not None and event.is_step_failure:
                tell(Step(event.step_key, False, 0.0))

    @dg.logger
    def progress(_: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("stamgast.progress")
        logger.addHandler(Handler())
        return logger

    return progress


@contextmanager
def _signals_noted() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether a signal to stop has come, asked once, in the main thread.

    What the signal raises tells too little: Dagster keeps it for itself, dbt takes it for its own failing and goes on, and
    in a callback of the interpreter it is lost (https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd).
    """
    reader, writer = os.pipe()
    for end in (reader, writer):
        os.set_blocking(end, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def stopped() -> bool:
        try:
            return not {signal.SIGINT, signal.SIGTERM}.isdisjoint(os.read(reader, 4096))
        except BlockingIOError:
            return False

    try:
        yield stopped
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)


# Everything but landing; the keys of feeds have three parts, that of the index of their loads has two.
WITHOUT_LANDING = 'not key:"raw/*/*"'


def selected_keys(select: str, definitions: dg.Definitions) -> list[dg.AssetKey]:
    """The assets of a selection, with those that the same step makes.

    Raises StamgastError: the selection names nothing.
    """
    try:
        with warnings.catch_warnings():
            # Dagster's own parser of selections uses what Dagster calls beta.
            warnings.simplefilter("ignore", dg.BetaWarning)
            selection = dg.AssetSelection.from_string(select).required_multi_asset_neighbors()
            keys = sorted(selection.resolve(definitions.resolve_asset_graph()))
    except dg.DagsterError as error:
        raise StamgastError(
            f"--select {select} is no selection; write one such as group:marts or key:marts/customer_360"
        ) from error
    if not keys:
        raise StamgastError(f"--select {select} names no asset; see their names with: make ui")
    return keys


def run_job(
    settings: Settings, select: str | None, tell: Callable[[Step], None], may_go_back: bool = False
) -> Outcome:
    """Runs the whole job, or what `select` (Dagster's selection syntax) names; the caller holds the lock of the warehouse.

    `may_go_back`: what is published may be of an earlier day than what is in force.

    Raises StamgastError: the selection names nothing, or the disk is full. Raises KeyboardInterrupt: it was told to stop.
    """
    prepare_home(settings.places)
    os.environ.update(environment(settings))
    # dbt prints lines that Dagster keeps as well.
    with _disk_watched(settings.places), Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        return _run_job(settings, select, tell, may_go_back)


def _run_job(
    settings: Settings, select: str | None, tell: Callable[[Step], None], may_go_back: bool
) -> Outcome:
    loaded = dg.Definitions.merge(
        build_definitions(settings), dg.Definitions(loggers={"progress": _progress(tell)})
    )
    job = loaded.resolve_job_def("stamgast")
    keys = None if select is None else selected_keys(select, loaded)
    home = settings.places.dagster_home
    with (
        dg.DagsterInstance.local_temp(str(home), overrides=storage_kept_open(home)) as instance,
        _signals_noted() as stopped,
    ):
        try:
            result = job.execute_in_process(
                run_config={
                    "loggers": {"progress": {}},
                    "resources": {
                        "stamgast": {
                            "config": {
                                "as_of": settings.as_of.isoformat(),
                                "may_go_back": may_go_back,
                                "is_locked": True,
                            }
                        }
                    },
                },
                instance=instance,
                asset_selection=keys,
                raise_on_error=False,
            )
        except (Exception, dg.DagsterExecutionInterruptedError) as error:
            if stopped():
                raise KeyboardInterrupt from error
            raise
        if not result.success and stopped():
            raise KeyboardInterrupt
    failures = [event for event in result.all_events if event.is_step_failure]
    checks = [check for check in result.get_asset_check_evaluations() if not check.passed]
    severe = dg.AssetCheckSeverity.ERROR
    return Outcome(
        succeeded=result.success,
        # A test of dbt has no words of its own; the error of its step names it.
        blocked_by=tuple(
            check_sentence(check) for check in checks if check.severity == severe and check.description
        ),
        warnings=tuple(check_sentence(check) for check in checks if check.severity != severe),
        errors=tuple(text for event in failures if (text := error_sentence(event))),
    )
