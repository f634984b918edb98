"""What each process runs, and in what order: the longest first, so that two processes end together."""

from pathlib import Path

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

# Whole runs, and folders whose tests share a company that takes half a minute to make; the rest takes less than that a file.
LONGEST = (
    "pipeline/test_erasure.py",
    "pipeline/test_as_known.py",
    "permission/",
    "dbt/",
    "pipeline/",
    "identity/",
    "privacy/",
)
TOGETHER = ("permission/", "dbt/")
FOLDER = Path(__file__).parent

# The same examples each time, so that a change is judged by itself; `make soak` tries others.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")


class _Files(LoadScopeScheduling):
    """A file is run by one process, and so are the files of a folder that share a company."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if f"/{folder}" in path), path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    return _Files(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(FOLDER).as_posix()
        return next((number for number, name in enumerate(LONGEST) if path.startswith(name)), len(LONGEST))

    items.sort(key=place)
