"""Reads the meters of this process between two moments: CPU seconds of all threads, wall time, peak memory."""

import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_CLEAR_PEAK, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


@dataclass(frozen=True)
class Reading:
    """A step: CPU and wall seconds, peak of the resident set in GiB (what earlier steps left included), rows it took in."""

    step: str
    cpu: float
    wall: float
    gibibytes: float
    rows: int = 0


class Meter:
    """Readings of this process, one after another."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.begin()

    def begin(self) -> None:
        """From here on the next reading counts."""
        if _CLEAR_PEAK.exists():
            _CLEAR_PEAK.write_text("5", encoding="ascii")
        self._cpu, self._wall = cpu_seconds(), time.perf_counter()

    def end(self, step: str, rows: int = 0) -> None:
        """A reading since the last one began; the next one begins here."""
        self.readings.append(
            Reading(step, cpu_seconds() - self._cpu, time.perf_counter() - self._wall, _peak(), rows)
        )
        self.begin()


def cpu_seconds() -> float:
    """CPU seconds of this process since it began, its imports included."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak() -> float:
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text("ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**3 if sys.platform == "darwin" else 0.0
