"""The order of the files: the longest first, so that two processes end together."""

from pathlib import Path

import pytest

# Whole runs; the rest takes less than a minute a file.
LONGEST = (
    "pipeline/test_runs_again.py",
    "pipeline/test_erasure.py",
    "pipeline/test_crashes.py",
    "pipeline/test_pages.py",
    "pipeline/test_encrypted.py",
    "pipeline/test_decisions.py",
    "pipeline/test_as_known.py",
    "dbt/",
    "definitions/",
    "permission/",
    "expectations/test_planted_faults.py",
    "identity/",
)
FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(FOLDER).as_posix()
        return next((number for number, name in enumerate(LONGEST) if path.startswith(name)), len(LONGEST))

    items.sort(key=place)
