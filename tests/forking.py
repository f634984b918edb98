"""Commands of stamgast, each forked from a process that has imported everything: no start-up to pay for.

A program: reads a line of JSON per command from its input, forks, and says the pid and later how the command ended.
"""

import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

# What a run imports on its way, beside the modules of this project.
IMPORTED = (
    "dagster",
    "dagster_dbt",
    "dbt.adapters.duckdb",
    "dbt.cli.main",
    "dbt.task.build",
    "duckdb_sqlalchemy",
    "great_expectations",
    "pandas",
    "pyarrow.parquet",
    "scipy.stats",
    "sqlglot.lineage",
)
# No run needs the first; `__main__` would begin to work.
_NOT_IMPORTED = ("pipelines.simulator", "pipelines.cli.__main__")


@dataclass
class Forks:
    """The process that forks. Told of a company (sources, warehouse, as_of), it has also parsed and defined all for it."""

    company: tuple[str, str, str] | None = None
    _server: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.forking", *(self.company or ())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"COLUMNS": "200"},
        )
        if self._line() != "ready":
            raise RuntimeError("the process that forks commands did not start; see its error above")

    def _line(self) -> str:
        assert self._server.stdout is not None
        return self._server.stdout.readline().rstrip("\n")

    def start(
        self,
        arguments: Sequence[str],
        stdout: Path,
        stderr: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> "Fork":
        """`stamgast` with these arguments, in a process group of its own; both streams go to one file where there is one."""
        assert self._server.stdin is not None
        for log in filter(None, (stdout, stderr)):
            log.unlink(missing_ok=True)
        told = [list(arguments), str(stdout), str(stderr or ""), dict(environment or {})]
        print(json.dumps(told), file=self._server.stdin, flush=True)
        return Fork(int(self._line()), self._line)

    def stop(self) -> None:
        """Ends the process that forks."""
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait()


@dataclass
class Fork:
    """A command under way; one at a time."""

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


def _import_everything() -> None:
    """What a run imports before its first step, but for what looks at settings."""
    import pipelines

    for module in IMPORTED:
        importlib.import_module(module)
    for module in pkgutil.walk_packages(pipelines.__path__, "pipelines.", onerror=_fail):
        if not module.name.startswith(_NOT_IMPORTED):
            importlib.import_module(module.name)


def _fail(name: str) -> NoReturn:
    raise ImportError(f"{name} cannot be imported")


def _define(sources: str, warehouse: str, as_of: str) -> None:
    """What a run of this company parses before its first step."""
    from datetime import date

    from pipelines.orchestration.in_process import environment, prepare_home
    from pipelines.settings import read_settings

    settings = read_settings(sources=sources, warehouse=warehouse, as_of=date.fromisoformat(as_of))
    prepare_home(settings.places)
    os.environ.update(environment(settings))
    from pipelines.dbt.running import manifest_of
    from pipelines.definitions import build_definitions

    build_definitions(settings)
    manifest_of(settings)


def _become(arguments: list[str], stdout: str, stderr: str, environment: dict[str, str]) -> NoReturn:
    """In the child: becomes the command."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in ((1, stdout), (2, stderr)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600) if path else 1, number)
    os.environ.update(environment)
    sys.argv = ["stamgast", *arguments]
    from pipelines.cli import main

    code = 1
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    finally:
        if sys.exc_info()[0] is not None:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # else C++ objects of the parent would stop threads that are not here


def main() -> None:
    """Serves until its input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _import_everything()
    if company := sys.argv[1:]:
        _define(*company)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        pid = os.fork()
        if not pid:
            _become(*told)
        print(pid, file=answers, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


if __name__ == "__main__":
    main()
