"""The resource of the pipeline: the settings of a run, which hold the warehouse's lock."""

import os
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from datetime import date
from typing import Self

import dagster as dg

from pipelines.dbt.running import dbt_environment
from pipelines.settings import Settings, read_settings
from pipelines.warehouse.keys import claim
from pipelines.warehouse.locking import keep_private, locked


class Stamgast(dg.ConfigurableResource):
    """The settings of one run. While the run lasts nobody else writes to the warehouse.

    `may_go_back`: what is published may be of an earlier day than what is in force. `is_locked`: who started the run in this
    process holds the lock.
    """

    as_of: str = ""
    may_go_back: bool = False
    is_locked: bool = False

    @property
    def settings(self) -> Settings:
        """The settings in force, `as_of` from the run's configuration first."""
        return read_settings(as_of=date.fromisoformat(self.as_of) if self.as_of else None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator[Self, None, None]:
        """Takes the lock of the warehouse, and tells dbt the settings.

        Raises StamgastError: another run holds the lock; the key is not that of the warehouse.
        """
        settings = self.settings
        os.environ.update(dbt_environment(settings))
        with nullcontext() if self.is_locked else locked(settings.places):
            keep_private(settings.places)
            claim(settings.places)
            yield self


def resources() -> dict[str, object]:
    """The resources by the name assets ask for them."""
    return {"stamgast": Stamgast()}
