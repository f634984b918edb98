"""Given names that stand for each other in the languages of our countries: the aliases of every model before any data."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pipelines.errors import StamgastError
from pipelines.yaml_files import read_yaml

GIVEN_NAMES_FILE = Path(__file__).parent / "given_names.yml"


class _GivenNames(BaseModel):
    model_config = ConfigDict(extra="forbid")

    forms: dict[str, list[str]]


def usual_aliases() -> list[tuple[str, str]]:
    """Sorted pairs of a name and one of its forms; two forms of one name are no pair: Jan does not stand for Hans.

    Raises StamgastError: not YAML, or not names with lists of names.
    """
    names = read_yaml(
        GIVEN_NAMES_FILE, _GivenNames, StamgastError, "pipelines/identity/likelihood/given_names.yml"
    )
    return sorted(
        {(min(name, form), max(name, form)) for name, forms in names.forms.items() for form in forms}
    )
