"""Runs of one company in one place, each forked from a process that has imported everything: no start-up to pay for.

A program: reads a line `log|option option ...` from its input, forks, and says the pid and later how the run ended.
"""

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from tests.soak.company import Company


@dataclass
class Forks:
    """The process that forks: for the company in this very folder, whatever is put there, as of one day."""

    company: Company
    as_of: str
    _server: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self._server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.soak.forking",
                str(self.company.sources),
                str(self.company.warehouse),
                self.as_of,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._line() != "ready":
            raise RuntimeError("the process that forks runs did not start; see its error above")

    def _line(self) -> str:
        assert self._server.stdout is not None
        return self._server.stdout.readline().rstrip("\n")

    def start(self, log: Path, *options: str) -> "Fork":
        """A run in a process group of its own."""
        assert self._server.stdin is not None
        log.unlink(missing_ok=True)
        print(json.dumps([str(log), *options]), file=self._server.stdin, flush=True)
        return Fork(int(self._line()), self._line)

    def stop(self) -> None:
        """Ends the process that forks."""
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait()


@dataclass
class Fork:
    """A run under way."""

    pid: int
    _line: Callable[[], str]

    @property
    def cpu_seconds(self) -> float | None:
        """What it has used so far, so that a moment is the same one on a busy machine; None when it has ended."""
        try:
            # After the name in brackets: state is the first, utime and stime are the 12th and 13th (man proc_pid_stat).
            fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        if fields[0] == "Z":
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait(self) -> int:
        """Its exit code; negative, the signal that ended it."""
        return int(self._line())

    def kill(self) -> bool:
        """SIGKILL to the whole group; False when it had ended by itself."""
        with suppress(ProcessLookupError):  # it has ended, or has not yet made its group
            os.killpg(self.pid, signal.SIGKILL)
        return self.wait() == -signal.SIGKILL


def _import_everything(sources: str, warehouse: str, as_of: str) -> None:
    """What a run imports and parses before its first step."""
    from datetime import date

    from pipelines.defs.in_process import environment, prepare_home
    from pipelines.settings import read_settings

    settings = read_settings(sources=sources, warehouse=warehouse, as_of=date.fromisoformat(as_of))
    prepare_home(settings.places)
    os.environ.update(environment(settings))
    import pipelines.cli.run
    import pipelines.expectations.gx_on_duckdb  # noqa: F401
    from pipelines.dbt import _manifest
    from pipelines.definitions import definitions

    definitions()
    _manifest(settings)


def _run(arguments: list[str], log: str) -> NoReturn:
    """In the child: becomes `stamgast run`."""
    os.setsid()
    with Path(log).open("wb") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    sys.argv = ["stamgast", *arguments]
    from pipelines.cli import main

    code = 1
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    finally:
        if code == 1:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # else C++ objects of the parent would stop threads that are not here


def main() -> None:
    """Serves until its input ends."""
    sources, warehouse, as_of = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _import_everything(sources, warehouse, as_of)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        log, *options = json.loads(line)
        told = ["--sources", sources, "--warehouse", warehouse, "--as-of", as_of]
        pid = os.fork()
        if not pid:
            _run(["run", *told, *options], log)
        print(pid, file=answers, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


if __name__ == "__main__":
    main()
