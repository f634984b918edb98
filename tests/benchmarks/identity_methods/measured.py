"""Measures what a step costs the process that runs it: CPU seconds, and the peak of its memory."""

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Cost:
    """CPU seconds of all threads, wall seconds, and the peak resident set of the whole process in GiB."""

    cpu: float = 0.0
    wall: float = 0.0
    gibibytes: float = 0.0


@contextmanager
def measured() -> Iterator[Cost]:
    """The cost of what happens inside; filled in at its end."""
    cost = Cost()
    began, cpu_began = time.perf_counter(), time.process_time()
    yield cost
    cost.cpu, cost.wall = time.process_time() - cpu_began, time.perf_counter() - began
    # Linux counts in KiB, macOS in bytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    cost.gibibytes = peak / 1024**3
