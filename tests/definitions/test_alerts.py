"""Whoever is to be told gets one sentence by a command of theirs, and no data."""

import sys
from pathlib import Path

import dagster as dg
import pytest

from pipelines.defs.alerting import alert
from pipelines.errors import StamgastError
from pipelines.settings import Settings

KEEP = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"


def test_the_command_gets_the_sentence_and_without_one_nobody_is_told(tmp_path: Path) -> None:
    told = tmp_path / "told"
    command = f'"{sys.executable}" -c "{KEEP}" {told}'
    assert alert(Settings(alert_command=command), "run 1 failed")
    assert told.read_text() == "run 1 failed\n"
    assert not alert(Settings(), "run 1 failed")


def test_a_command_that_fails_is_one_sentence() -> None:
    with pytest.raises(
        StamgastError, match="alert_command false: CalledProcessError, so nobody was told: run 1"
    ):
        alert(Settings(alert_command="false"), "run 1 failed")


def test_a_failed_run_says_which_step_and_why_and_quotes_no_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.defs.alerts import failed_run

    @dg.op
    def landing() -> None:
        raise StamgastError("day.csv: the disk is full; make room")

    @dg.op
    def identity() -> None:
        raise ValueError("could not convert 'Jansen'")

    @dg.job
    def stamgast() -> None:
        landing()
        identity()

    told = tmp_path / "told"
    monkeypatch.setenv("STAMGAST_ALERT_COMMAND", f'"{sys.executable}" -c "{KEEP}" {told}')
    with dg.DagsterInstance.ephemeral() as instance:
        result = stamgast.execute_in_process(instance=instance, raise_on_error=False)
        context = dg.build_run_status_sensor_context(
            sensor_name="failed_run",
            dagster_event=result.get_run_failure_event(),
            dagster_instance=instance,
            dagster_run=result.dagster_run,
        ).for_run_failure()
        failed_run(context)
    sentence = told.read_text()
    assert "failed and published nothing: " in sentence and sentence.count("\n") == 1
    assert "landing: day.csv: the disk is full; make room" in sentence
    assert "identity: ValueError; see the run in the Dagster UI" in sentence and "Jansen" not in sentence
