"""A run may die at any moment: readers keep the last version, and the next run ends as if nothing had happened."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.locking import locked
from pipelines.settings import Places
from tests.pipeline.conftest import AS_OF, Company, differing_marts


def _start(company: Company, *options: str) -> subprocess.Popen[str]:
    """A run in a process group of its own, so that dbt dies with it."""
    command = [sys.executable, "-m", "pipelines.cli", "run", "--sources", str(company.sources)]
    return subprocess.Popen(
        [*command, "--warehouse", str(company.warehouse), "--as-of", AS_OF, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _kill_when(company: Company, said: str) -> None:
    """SIGKILL as soon as the run has printed a line that holds `said`, plus a moment in the middle of the next step."""
    process = _start(company)
    assert process.stdout is not None
    for line in process.stdout:
        if said in line:
            break
    else:
        pytest.fail(f"the run never said {said}")
    time.sleep(0.7)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_run_killed_while_landing_and_building_ends_like_one_left_alone(
    published: Company, tmp_path: Path
) -> None:
    company = Company(tmp_path / "company")
    shutil.copytree(published.sources, company.sources)
    # The same secret gives the same numbers, so that the two can be compared row by row.
    (company.warehouse / "ledger").mkdir(parents=True)
    shutil.copy(published.warehouse / "ledger" / "key", company.warehouse / "ledger" / "key")
    for moment in ("sales/shop_orders", "identity"):
        _kill_when(company, moment)
        assert not company.current.exists()
    run = company.run()
    assert run.returncode == 0, run.stdout + run.stderr
    assert differing_marts(published, company) == []


def test_a_second_run_leaves_with_a_sentence(published: Company) -> None:
    with locked(Places(published.warehouse)):
        second = published.run("--force")
    assert second.returncode == 2
    assert "another run is writing to this warehouse" in second.stderr
