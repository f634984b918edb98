"""What a version is made of, as a digest: loads, contracts, code, decisions, policies, model, day, and what was erased."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipelines.contracts import Contract
from pipelines.landing.loads import read_loads
from pipelines.landing.refusals import half_landed
from pipelines.settings import DBT_PROJECT, EXPECTATIONS, PROJECT, Settings

PIPELINES = PROJECT / "pipelines"
# Rooms that decide nothing of what is published: to change them builds nothing anew.
DECIDE_NOTHING = ("cli", "orchestration", "serving", "campaigns", "simulator")
_PACKAGE = ("*.py", "*.sql", "*.yml", "*.json")
_PROJECT_FILES = {
    DBT_PROJECT: (
        "dbt_project.yml",
        "profiles.yml",
        "models/**/*",
        "macros/**/*",
        "seeds/**/*",
        "tests/**/*",
    ),
    EXPECTATIONS: ("*.yml",),
}


def inputs_digest(settings: Settings, contracts: Sequence[Contract]) -> str:
    """A digest that is equal only when a run could not publish anything new: loads, contracts, code, as_of."""
    parts = [settings.as_of.isoformat(), rules_digest(settings, contracts)]
    parts += [
        f"{load.load_number} {load.status} {load.refusals_taken_back}" for load in read_loads(settings.places)
    ]
    # What died half-way refuses already.
    parts += [str(folder.relative_to(settings.places.raw)) for folder in half_landed(settings.places)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def rules_digest(settings: Settings, contracts: Sequence[Contract]) -> str:
    """A digest of all but loads and as_of: contracts, code, overrides, policies, model, what was erased."""
    digest = hashlib.sha256()
    parts = [settings.base_currency]
    parts += [contract.model_dump_json() for contract in contracts]
    parts += [path.name for path in sorted(settings.places.redacted_profiles.glob("[0-9]*.parquet"))]
    # What is erased is gone from the loads without a load being another.
    parts += [path.parent.name for path in sorted(settings.places.erasures.glob("*/plan.json"))]
    for part in parts:
        digest.update(part.encode() + b"\0")
    models = sorted(settings.places.models.glob("*.json"))[-1:]
    for path in (*code_files(), *_rule_files(settings.sources), *models):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def code_files() -> Iterable[Path]:
    """Every file of the project that decides what is published."""
    for pattern in _PACKAGE:
        for path in sorted(PIPELINES.rglob(pattern)):
            if path.relative_to(PIPELINES).parts[0] not in DECIDE_NOTHING:
                yield path
    for folder, patterns in _PROJECT_FILES.items():
        for pattern in patterns:
            yield from sorted(
                path for path in folder.rglob(pattern) if path.is_file() and path.suffix != ".md"
            )
    yield PROJECT / "requirements.txt"


def _rule_files(sources: Path) -> list[Path]:
    return sorted(path for folder in ("overrides", "policies") for path in (sources / folder).glob("*.csv"))
