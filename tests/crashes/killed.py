"""Kills work at each of its file operations in turn: what a crash at any moment can leave behind, without chance."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

# What Python does to files by way of the operating system; DuckDB's own writing lies between two of them.
_OPERATIONS = {"open", "os.chmod", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.link"}


def killed_at(number: int, work: Callable[[], object], folder: Path) -> bool:
    """Whether the work, in a process of its own, was killed just before its n-th change to a file below the folder.

    False: it ended, with fewer operations.
    """
    pid = os.fork()
    if not pid:
        _kill_before(number, folder)
        try:
            work()
        finally:
            os._exit(0 if sys.exc_info()[0] is None else 1)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), f"the work failed by itself, exit {code}"
    return code == -signal.SIGKILL


def _kill_before(number: int, folder: Path) -> None:
    inside, left = os.fspath(folder), number

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event not in _OPERATIONS or not any(str(one).startswith(inside) for one in arguments[:2]):
            return
        if event == "open" and not int(str(arguments[2])) & (os.O_WRONLY | os.O_RDWR):
            return  # only read
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
