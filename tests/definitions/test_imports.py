"""Importing the project reads nothing: settings, contracts and dbt's manifest are read when definitions are built."""

import subprocess
import sys
import time

from pipelines.definitions import build_definitions
from pipelines.settings import PROJECT, read_settings

_IMPORT_ALL = """
import importlib, pkgutil, sys
opened = []
def note(event, arguments):
    path = str(arguments[0]) if event == "open" else ""
    if path.startswith(sys.argv[1]) and not path.endswith((".py", ".pyc")) and "__pycache__" not in path and "/.venv/" not in path:
        opened.append(path)
sys.addaudithook(note)
import pipelines
for module in pkgutil.walk_packages(pipelines.__path__, "pipelines."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print("\\n".join(opened))
"""


def test_importing_every_module_reads_no_file_of_the_project() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _IMPORT_ALL, str(PROJECT)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def test_definitions_are_built_in_under_two_seconds() -> None:
    settings = read_settings()
    build_definitions(settings)  # parses the project where it is another
    began = time.process_time()
    build_definitions(settings)
    assert time.process_time() - began < 2
