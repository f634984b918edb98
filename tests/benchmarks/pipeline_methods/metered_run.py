"""Runs `stamgast run` in this process with a reading at the end of every step; the rules on arriving loads apart from landing."""

import io
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from rich.console import Console

from pipelines.landing.loads import read_loads
from pipelines.settings import Settings
from tests.benchmarks.pipeline_methods.metering import Meter, Reading, cpu_seconds

STARTING = "start-up"
ARRIVAL = "rules on arrival (GX)"


@dataclass(frozen=True)
class Run:
    """A run: its exit code, what it said, and what each step took; the first reading is everything before the first step."""

    exit_code: int
    said: str
    readings: list[Reading]
    rows: int


def run_metered(settings: Settings) -> Run:
    """One run. To be called in a process of its own, which it leaves with wrapped functions.

    Importing Great Expectations counts as a part of the rules that need it first.
    """
    before = {load.load_number for load in read_loads(settings.places)}
    meter, checking = Meter(), _Checking()
    _wrap_steps(meter, checking)
    from pipelines.cli.run import run_pipeline

    said = io.StringIO()
    exit_code = run_pipeline(settings, None, False, Console(file=said, width=200))
    meter.end("summary" if meter.readings else STARTING)
    if meter.readings[0].step != STARTING:
        raise RuntimeError(
            f"The first reading is {meter.readings[0].step}, not {STARTING}: wrap what Dagster calls before the first step."
        )
    landed = [load for load in read_loads(settings.places) if load.load_number not in before]
    rows = Counter[str]()
    for load in landed:
        rows[f"raw__{load.kind}__{load.feed}"] += load.rows_read
    readings = [replace(one, rows=rows.get(one.step, 0)) for one in meter.readings]
    # The process had imported this module, hence a part of the pipeline, before its meter began.
    imported = cpu_seconds() - sum(one.cpu for one in readings)
    readings[0] = replace(readings[0], cpu=readings[0].cpu + imported)
    return Run(exit_code, said.getvalue(), checking.taken_out(readings), rows.total())


class _Checking:
    """What Great Expectations takes within the steps that land."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0
        self.by_step: list[tuple[float, float]] = []

    def wrap(self, check: Any) -> Any:
        def metered(staged: Any) -> Any:
            import time

            cpu, wall = cpu_seconds(), time.perf_counter()
            try:
                return check(staged)
            finally:
                self.cpu += cpu_seconds() - cpu
                self.wall += time.perf_counter() - wall

        return metered

    def step_ended(self) -> None:
        self.by_step.append((self.cpu, self.wall))
        self.cpu = self.wall = 0.0

    def taken_out(self, readings: list[Reading]) -> list[Reading]:
        """The readings without the rules, and one more for the rules."""
        apart = []
        for reading, (cpu, wall) in zip(readings, [(0.0, 0.0), *self.by_step, (0.0, 0.0)], strict=False):
            apart.append(replace(reading, cpu=reading.cpu - cpu, wall=reading.wall - wall))
        cpu, wall = (sum(part) for part in zip(*self.by_step, strict=True)) if self.by_step else (0.0, 0.0)
        rows = sum(reading.rows for reading in readings)
        peak = max(
            (one.gibibytes for one in readings if one.step.startswith("raw__")), default=readings[0].gibibytes
        )
        return [*apart, Reading(ARRIVAL, cpu, wall, peak, rows)]


def _wrap_steps(meter: Meter, checking: _Checking) -> None:
    from pipelines import resources
    from pipelines.defs import in_process

    run_job, keep_private = in_process.run_job, resources.keep_private

    def keep_private_and_begin(places: Any) -> None:
        # Dagster makes the resource just before the first step.
        from pipelines.defs import landing

        arrival_check = landing.arrival_check
        landing.arrival_check = lambda settings: checking.wrap(arrival_check(settings))
        meter.end(STARTING)
        keep_private(places)

    def run_and_read(settings: Settings, select: Any, tell: Any, *rest: Any) -> Any:
        def tell_and_read(step: Any) -> None:
            tell(step)
            meter.end(step.name)
            checking.step_ended()

        return run_job(settings, select, tell_and_read, *rest)

    resources.keep_private = keep_private_and_begin
    in_process.run_job = run_and_read
