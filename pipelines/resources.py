"""The two resources of the pipeline: the settings of a run, which hold the warehouse's lock, and dbt."""

import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Self

import dagster as dg
from dagster_dbt import DbtCliResource
from packaging.version import Version

from pipelines.dbt import dbt_environment
from pipelines.locking import locked
from pipelines.settings import DBT_PROJECT, Settings, read_settings


class Stamgast(dg.ConfigurableResource):
    """The settings of one run. While the run lasts nobody else writes to the warehouse."""

    as_of: str = ""

    @property
    def settings(self) -> Settings:
        """The settings in force, `as_of` from the run's configuration first."""
        return read_settings(as_of=date.fromisoformat(self.as_of) if self.as_of else None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator[Self, None, None]:
        """Takes the lock of the warehouse, and tells dbt the settings.

        Raises StamgastError: another run holds the lock.
        """
        settings = self.settings
        os.environ.update(dbt_environment(settings))
        with locked(settings.places):
            yield self


class Dbt(DbtCliResource):
    """dbt in a process of its own.

    Without the second dbt that dagster-dbt 0.29 starts in this process to ask for row counts (6 s of CPU a call, and a
    busy wait while the models are built); `pipelines.dbt.built_tables` asks DuckDB instead.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # type: ignore[override]
        return None


def resources() -> dict[str, object]:
    """The resources by the name assets ask for them."""
    return {
        "stamgast": Stamgast(),
        # The dbt of this environment, whether or not it is activated.
        "dbt": Dbt(
            project_dir=str(DBT_PROJECT),
            profiles_dir=str(DBT_PROJECT),
            dbt_executable=str(Path(sys.executable).with_name("dbt")),
        ),
    }
