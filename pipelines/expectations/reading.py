"""Reads the suites under `expectations/`; a mistake is one sentence with file, key and mend."""

from functools import cache
from pathlib import Path

from pipelines.expectations.model import Suite, SuiteError
from pipelines.settings import EXPECTATIONS
from pipelines.yaml_files import read_yaml

# Rules that hold for the loads of every kind, written once.
EVERY_LOAD = "every_load"

# Rules on the contact blocks of a load, whatever its kind.
PROFILES = "profiles"

# Schemas whose tables are checked before they are published.
PUBLISHED = ("identity", "marts")


@cache
def read_suite(path: Path) -> Suite:
    """The suite in one YAML file; entries of a list are counted from 1.

    Raises SuiteError: no such file, not YAML, an unknown expectation or argument, a rule without a sentence.
    """
    return read_yaml(
        path, Suite, SuiteError, "expectations/README.md", name=f"{path.parent.name}/{path.stem}"
    )


def raw_suite(kind: str, folder: Path = EXPECTATIONS) -> Suite:
    """What must hold for a load of that kind: the rules of every load, then the kind's own.

    Raises SuiteError: see `read_suite`.
    """
    every_load = read_suite(folder / "raw" / f"{EVERY_LOAD}.yml")
    own = read_suite(folder / "raw" / f"{kind}.yml")
    return own.model_copy(update={"expectations": [*every_load.expectations, *own.expectations]})


def table_suites(folder: Path = EXPECTATIONS) -> dict[tuple[str, str], Suite]:
    """The suites of the tables that are published, by schema and table.

    Raises SuiteError: see `read_suite`.
    """
    return {
        (schema, path.stem): read_suite(path)
        for schema in PUBLISHED
        for path in sorted((folder / schema).glob("*.yml"))
    }
