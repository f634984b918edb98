"""Reads a YAML file into a pydantic model; a mistake is one sentence with file, key and mend."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from pipelines.errors import StamgastError

Model = TypeVar("Model", bound=BaseModel)


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML in which a key given twice is a mistake instead of the last one winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"key {key} stands twice; keep one", problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path, model: type[Model], mistake: type[StamgastError], see: str, **given: str) -> Model:
    """The file as the model; `given` are fields that the file may not set, since its place says them.

    `see`: where the keys are described. Entries of a list are counted from 1 in messages.
    Raises `mistake`: no such file, not UTF-8, not YAML, an unknown key, a wrong type.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except FileNotFoundError as error:
        raise mistake(f"{path}: there is no such file; write one, see {see}") from error
    except UnicodeDecodeError as error:
        raise mistake(f"{path}: is not UTF-8; save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise mistake(f"{path}, line {line}: {error.problem}; mend the YAML") from error
    except RecursionError as error:
        raise mistake(f"{path}: is nested too deep to be read; see {see}") from error
    except IsADirectoryError as error:
        raise mistake(f"{path}: is a folder; move it away or call it otherwise") from error
    except PermissionError as error:
        raise mistake(f"{path}: may not be read; give its readers the right to") from error
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise mistake(
            f"{path}: is no YAML that can be read; put quotes around texts with special characters"
        ) from error
    if not isinstance(data, dict):
        raise mistake(f"{path}: holds no keys; see {see}")
    if twice := sorted(given.keys() & data.keys()):
        raise mistake(f"{path}: {twice[0]}: is said by the file's place; remove the key")
    try:
        return model.model_validate(data | given)
    except ValidationError as error:
        raise mistake(f"{path}: {_first_mistake(error, see)}") from error


def _first_mistake(error: ValidationError, see: str) -> str:
    # A key that is spelt wrong is both unknown and missing: the unknown one shows where to mend.
    found = error.errors(include_url=False, include_input=False)
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = f"no such key; remove it or see {see}"
    elif first["type"] == "missing":
        message = "is missing; add it"
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    return f"{where + ': ' if where else ''}{message}{more}"
