"""One small simulation, made once for all tests of the simulator."""

from pathlib import Path

import pytest

from pipelines.simulator import SimulationSummary, simulate


@pytest.fixture(scope="session")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("simulated")


@pytest.fixture(scope="session")
def summary(out: Path) -> SimulationSummary:
    return simulate(2_000, 11, out)
