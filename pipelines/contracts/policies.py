"""What the company declares beside its contracts: rules of law per country, how often a person may be contacted, who it is.

`sources/policies/country_rules.csv` and `frequency_caps.csv`, where lines that begin with # are remarks, `controller.yml`, and in
`wordings/` the texts that people agreed to.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.contracts.model import Channel
from pipelines.errors import StamgastError
from pipelines.yaml_files import read_yaml


class CountryRule(BaseModel):
    """What the law of a country (ISO 3166-1 alpha-2) asks of marketing on a channel to consumers or to businesses.

    `opt_in`: only who consented; `soft_opt_in`: so too, own customers apart until they refuse; `opt_out`: until they
    refuse; `forbidden`: never. `double_opt_in`: a consent counts only once confirmed. `law`: where it says so.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    country: str = Field(pattern="^[A-Z]{2}$")
    audience: Literal["consumer", "business"]
    channel: Channel
    rule: Literal["opt_in", "soft_opt_in", "opt_out", "forbidden"]
    double_opt_in: bool
    law: str = Field(min_length=3)


class FrequencyCap(BaseModel):
    """At most `max_contacts` audience exports a person within `days` days; `*` is every channel, every purpose."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Channel | Literal["*"]
    purpose: str = Field(min_length=1)
    max_contacts: int = Field(ge=1)
    days: int = Field(ge=1)

    def covers(self, channel: str, purpose: str) -> bool:
        """Whether a contact on this channel for this purpose counts."""
        return self.channel in ("*", channel) and self.purpose in ("*", purpose)


class Controller(BaseModel):
    """Who answers for the processing (GDPR article 30(1)(a) and (e)); each a line of text as the register shows it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    controller: str = Field(min_length=3)
    data_protection_officer: str = "none appointed"
    third_countries: str | None = None


def read_country_rules(sources: Path) -> list[CountryRule]:
    """The rules of the sources folder; none without the file: then marketing needs consent everywhere.

    Raises StamgastError: a line that cannot be read, two rules for one country, audience and channel.
    """
    path = sources / "policies" / "country_rules.csv"
    rules = _read(path, CountryRule)
    seen: set[tuple[str, str, str]] = set()
    for rule in rules:
        key = (rule.country, rule.audience, rule.channel)
        if key in seen:
            raise StamgastError(f"{path}: {' '.join(key)} has two rules; keep one")
        seen.add(key)
    return rules


def read_frequency_caps(sources: Path) -> list[FrequencyCap]:
    """The caps of the sources folder; none without the file.

    Raises StamgastError: a line that cannot be read.
    """
    return _read(sources / "policies" / "frequency_caps.csv", FrequencyCap)


def read_controller(sources: Path) -> Controller | None:
    """The controller that the sources folder declares; None without the file.

    Raises StamgastError: a file that cannot be read, a key that is missing or unknown.
    """
    path = sources / "policies" / "controller.yml"
    return read_yaml(path, Controller, StamgastError, "sources/README.md") if path.exists() else None


WORDINGS = Path("policies") / "wordings"
_TEXTS = (".md", ".txt")


def read_wordings(sources: Path) -> dict[str, str]:
    """Wording version -> the text that people agreed to under it, of `policies/wordings/<version>.md` or `.txt`.

    Raises StamgastError: a text that is empty or not UTF-8, two files for one version.
    """
    texts: dict[str, str] = {}
    for path in sorted((sources / WORDINGS).glob("*")):
        if path.suffix not in _TEXTS or path.name.startswith("."):
            continue
        if path.stem in texts:
            raise StamgastError(f"{path}: version {path.stem} has two files; keep the one people read")
        try:
            content = path.read_text(encoding="utf-8-sig").strip()
        except UnicodeDecodeError as error:
            raise StamgastError(f"{path}: is not UTF-8; save it as UTF-8") from error
        if not content:
            raise StamgastError(f"{path}: is empty; write the text that people agreed to")
        texts[path.stem] = content
    return texts


def wording_text(wordings: Mapping[str, str], version: str) -> str | None:
    """The text of a version; None when there is none. What is no part of a file's name is a - there (2026/1: 2026-1.md)."""
    return wordings.get(wording_name(version))


def wording_name(version: str) -> str:
    """The name of the file, without its suffix, in which the text of a version is looked for."""
    return re.sub(r'[/\\:*?"<>|\s]+', "-", version.strip())


Line = TypeVar("Line", bound=BaseModel)


def _read(path: Path, model: type[Line]) -> list[Line]:
    if not path.exists():
        return []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise StamgastError(f"{path}: is not UTF-8; save it as CSV UTF-8") from error
    kept = [
        (number, line)
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.startswith("#")
    ]
    try:
        header, *rows = csv.reader([line for _, line in kept], strict=True)
    except (csv.Error, ValueError) as error:
        raise StamgastError(f"{path}: is no CSV with a header; mend its quotes") from error
    columns = list(model.model_fields)
    if header != columns:
        raise StamgastError(f"{path}: the columns are {','.join(columns)}; write them in this order")
    return [
        _parsed(path, number, columns, row, model) for (number, _), row in zip(kept[1:], rows, strict=True)
    ]


def _parsed(path: Path, number: int, columns: Sequence[str], row: list[str], model: type[Line]) -> Line:
    if len(row) != len(columns):
        raise StamgastError(
            f"{path}, line {number}: has {len(row)} values for {len(columns)} columns; put quotes around commas"
        )
    try:
        return model.model_validate(dict(zip(columns, (value.strip() for value in row), strict=True)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise StamgastError(
            f"{path}, line {number}: {'.'.join(map(str, first['loc']))}: {first['msg']}; mend it"
        ) from error
