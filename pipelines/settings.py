"""What the user may set, and where the parts of the project lie."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    PyprojectTomlConfigSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from pipelines.errors import StamgastError
from pipelines.warehouse.places import MEMORY_LIMIT, Places

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"
EXPECTATIONS = PROJECT / "expectations"


def _today() -> date:
    return datetime.now(UTC).date()


class Settings(BaseSettings):
    """Command line over environment (`STAMGAST_*`) over `stamgast.toml` over `[tool.stamgast]` in pyproject.toml."""

    model_config = SettingsConfigDict(
        env_prefix="STAMGAST_",
        toml_file=PROJECT / "stamgast.toml",
        pyproject_toml_table_header=("tool", "stamgast"),
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
    )

    sources: Path = Field(PROJECT / "sources", description="Folder of the contracts.")
    warehouse: Path = Field(PROJECT / "warehouse", description="Folder of all that comes out.")
    as_of: date = Field(
        default_factory=_today, description="The day the run speaks of; nothing else asks for the time."
    )
    key_file: Path | None = Field(
        None,
        description="Secret that all keys follow from; without one nothing is encrypted, and the secret of the keyed hashes is made in the ledger.",
    )
    base_currency: str = Field("EUR", pattern="^[A-Z]{3}$", description="Currency that revenue is stated in.")

    memory_limit: str = Field(
        MEMORY_LIMIT,
        pattern=r"^[0-9.]+ ?[KMGT]i?B$",
        description="What DuckDB may hold at once, such as 12GB; beyond it spills into the warehouse's temp folder.",
    )

    alert_command: str = Field(
        "",
        description="Command that gets a sentence on its input when a scheduled run fails or publishes with a stale feed.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order of authority of the settings."""
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls),
            PyprojectTomlConfigSettingsSource(settings_cls, PROJECT / "pyproject.toml"),
        )

    @property
    def places(self) -> Places:
        """The folders and files of the warehouse."""
        return Places(self.warehouse.resolve(), self.key_file and self.key_file.resolve(), self.memory_limit)

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which dbt and Dagster see these settings."""
        return {
            "STAMGAST_SOURCES": str(self.sources.resolve()),
            "STAMGAST_WAREHOUSE": str(self.warehouse.resolve()),
            "STAMGAST_AS_OF": self.as_of.isoformat(),
            "STAMGAST_BASE_CURRENCY": self.base_currency,
            "STAMGAST_MEMORY_LIMIT": self.memory_limit,
            # Its place, never what is in it.
            "STAMGAST_KEY_FILE": str(self.key_file.resolve()) if self.key_file else "",
        }


def read_settings(**given: object) -> Settings:
    """The settings in force; `given` holds the command line's own, None meaning not given.

    Raises StamgastError: a setting that cannot be read.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except tomllib.TOMLDecodeError as error:
        raise StamgastError(f"stamgast.toml or pyproject.toml is no TOML: {error}; mend it") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise StamgastError(
            f"setting {name}: {first['msg']}; mend it on the command line, in STAMGAST_{name.upper()} or stamgast.toml"
        ) from error
