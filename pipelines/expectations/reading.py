"""Reads the suites under `expectations/`; a mistake is one sentence with file, key and mend."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from pipelines.expectations.model import Suite, SuiteError
from pipelines.settings import EXPECTATIONS

# Rules that hold for the loads of every kind, written once.
EVERY_LOAD = "every_load"

# Rules on the contact blocks of a load, whatever its kind.
PROFILES = "profiles"


def _first_mistake(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
    where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "no such key; remove it"
    elif first["type"] == "missing":
        message = "is missing; add it"
    return f"{where}: {message}{more}"


@cache
def read_suite(path: Path) -> Suite:
    """The suite in one YAML file; entries of a list are counted from 1.

    Raises SuiteError: no such file, not YAML, an unknown expectation or argument, a rule without a sentence.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SuiteError(f"{path}: there is no such suite; write one") from error
    except UnicodeDecodeError as error:
        raise SuiteError(f"{path}: is not UTF-8; save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SuiteError(f"{path}, line {line}: {error.problem}; mend the YAML") from error
    if not isinstance(data, dict):
        raise SuiteError(f"{path}: holds no suite; begin with description: and expectations:")
    if "name" in data:
        raise SuiteError(f"{path}: name: the suite is named by its place; remove the key")
    try:
        return Suite(name=f"{path.parent.name}/{path.stem}", **data)
    except ValidationError as error:
        raise SuiteError(f"{path}: {_first_mistake(error)}") from error


def raw_suite(kind: str, folder: Path = EXPECTATIONS) -> Suite:
    """What must hold for a load of that kind: the rules of every load, then the kind's own.

    Raises SuiteError: see `read_suite`.
    """
    every_load = read_suite(folder / "raw" / f"{EVERY_LOAD}.yml")
    own = read_suite(folder / "raw" / f"{kind}.yml")
    return own.model_copy(update={"expectations": [*every_load.expectations, *own.expectations]})


def mart_suites(folder: Path = EXPECTATIONS) -> dict[str, Suite]:
    """The suites of the marts that have one, by table name.

    Raises SuiteError: see `read_suite`.
    """
    return {path.stem: read_suite(path) for path in sorted((folder / "marts").glob("*.yml"))}
