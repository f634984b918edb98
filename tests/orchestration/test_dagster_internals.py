"""What of Dagster is used beyond its public interface still has its effect, and is still needed."""

import os
from collections.abc import Iterator
from pathlib import Path
from sqlite3 import dbapi2
from typing import Any

import dagster as dg
import pytest

from pipelines.orchestration.dagster_internals import EventLog, Runs, storage_kept_open


@dg.multi_asset_check(
    specs=[dg.AssetCheckSpec(f"rule_{number}", asset="table") for number in range(20)],
    can_subset=False,
)
def rules() -> Iterator[dg.AssetCheckResult]:
    for number in range(20):
        yield dg.AssetCheckResult(asset_key="table", check_name=f"rule_{number}", passed=number > 0)


@dg.asset
def table() -> None:
    pass


JOB = dg.Definitions(
    [table], asset_checks=[rules], jobs=[dg.define_asset_job("one")], executor=dg.in_process_executor
).resolve_job_def("one")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQLite files opened so far."""
    paths: list[str] = []
    connect = dbapi2.connect

    def noted(path: str, *arguments: Any, **options: Any) -> dbapi2.Connection:
        paths.append(path)
        return connect(path, *arguments, **options)

    monkeypatch.setattr(dbapi2, "connect", noted)
    return paths


def _run(home: Path, opened: list[str], overrides: dict[str, Any] | None) -> tuple[str, int]:
    """The id of the run, and how many files were opened for it."""
    with dg.DagsterInstance.local_temp(str(home), overrides=overrides) as instance:
        before = len(opened)
        result = JOB.execute_in_process(instance=instance)
        return result.run_id, len(opened) - before


def test_a_run_opens_each_file_of_its_history_once(tmp_path: Path, opened: list[str]) -> None:
    _, times = _run(tmp_path, opened, storage_kept_open(tmp_path))
    # Three files; Dagster itself makes each first, looking at its version, before it is kept open.
    assert times <= 8


def test_dagster_alone_opens_a_file_for_each_event(tmp_path: Path, opened: list[str]) -> None:
    """Once this fails Dagster does it by itself: delete EventLog and Runs."""
    _, times = _run(tmp_path, opened, None)
    assert times > 100


def test_what_is_written_for_each_event_waits_for_no_disk(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides=storage_kept_open(tmp_path)) as instance:
        assert isinstance(instance.event_log_storage, EventLog) and isinstance(instance.run_storage, Runs)
        for connection in (instance.event_log_storage.index_connection(), instance.run_storage.connect()):
            with connection as transaction:
                assert transaction.exec_driver_sql("pragma synchronous").scalar() == 1
                assert transaction.exec_driver_sql("pragma journal_mode").scalar() == "wal"


def test_dagsters_own_storage_reads_the_history_and_nothing_of_it_stays_open(
    tmp_path: Path, opened: list[str]
) -> None:
    run_id, _ = _run(tmp_path, opened, storage_kept_open(tmp_path))
    held = [os.path.realpath(path) for path in Path("/proc/self/fd").iterdir()]
    assert [path for path in held if path.startswith(str(tmp_path))] == []
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        run = instance.get_run_by_id(run_id)
        assert run is not None and run.status == dg.DagsterRunStatus.SUCCESS
        assert instance.get_latest_materialization_event(dg.AssetKey("table")) is not None
        checks = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        assert len(checks) == 20
