"""Runs one half of `dbt build` in this process, as the pipeline calls dbt, and measures every model and test of it.

One thread of dbt, so that what happens between the start and the end of a node is the node's; DuckDB uses all cores.
Memory is the peak of the process while the node runs, what DuckDB still holds of earlier ones included (Linux only).
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from dbt.cli.main import dbtRunner

from pipelines.dbt.running import dbt_environment, manifest_of
from pipelines.settings import DBT_PROJECT
from tests.benchmarks.marts_methods.landed import settings_of

# What stands before identity, and what it needs: the two calls of dbt in a run of the pipeline.
_WRITTEN_BY_IDENTITY = ["source:identity+", "source:customers_identity+"]
HALVES = {"before": ["--exclude", *_WRITTEN_BY_IDENTITY], "after": ["--select", *_WRITTEN_BY_IDENTITY]}


@dataclass
class Node:
    """A model, seed or test: CPU seconds of all threads, wall seconds, peak memory in GiB."""

    name: str
    kind: str
    cpu: float
    wall: float
    gibibytes: float


@dataclass
class Half:
    """One call of dbt: its nodes, and the CPU seconds of the whole process, dbt's own start included; the project was parsed before."""

    nodes: list[Node]
    cpu: float
    gibibytes: float


class _Meter:
    """Listens to dbt's events."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._began = (0.0, 0.0)

    def listen(self, event: object) -> None:
        name = event.info.name  # type: ignore[attr-defined]
        if name == "NodeStart":
            _forget_peak()
            self._began = (time.process_time(), time.perf_counter())
        elif name == "NodeFinished":
            node = event.data.node_info  # type: ignore[attr-defined]
            cpu, wall = self._began
            self.nodes.append(
                Node(
                    node.node_name,
                    node.resource_type,
                    time.process_time() - cpu,
                    time.perf_counter() - wall,
                    _peak(),
                )
            )


def build(folder: Path, half: str) -> Half:
    """Builds one half of the project on a landed company.

    Raises RuntimeError: a model or a test fails.
    """
    settings = settings_of(folder)
    os.environ.update(
        dbt_environment(settings) | {"DBT_LOG_PATH": str(settings.places.build / "dbt" / "logs")}
    )
    meter = _Meter()
    command = [
        "--quiet",
        "--no-write-json",
        "build",
        "--threads",
        "1",
        "--exclude-resource-type",
        "unit_test",
    ]
    places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    runner = dbtRunner(manifest=manifest_of(settings), callbacks=[meter.listen])
    done = runner.invoke([*command, *HALVES[half], *places])
    failed = [result.node.name for result in done.result or [] if result.status in ("error", "fail")]
    if failed or done.exception:
        raise RuntimeError(f"dbt stopped at {', '.join(failed) or done.exception}")
    return Half(meter.nodes, time.process_time(), max(node.gibibytes for node in meter.nodes))


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kibibytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kibibytes) / 1024**2
