"""Learns the rates of the golden record of half of the people, so that the other half can judge the probabilities."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.dbt.running import dbt_environment, invoke
from pipelines.settings import Settings
from tests.benchmarks.marts_methods.landed import settings_of

# What the rates are learnt from, and the model that learns them, in the order in which dbt builds them.
_LEARNT = (("int_values_stated", "int_attributes_aged"), ("int_values_weighed", "int_attributes_restated"))


def learn_of_half(folder: Path) -> None:
    """Builds the rates anew of the people with an even number alone, and all that is made of them.

    Raises RuntimeError: dbt cannot build a model.
    """
    settings = settings_of(folder)
    os.environ.update(dbt_environment(settings))
    built = set()
    for statements, rates in _LEARNT:
        if built:
            _run(settings, statements)
        with _halved(settings.places.scratch, statements):
            _run(settings, rates)
        built |= {statements, rates}
    _run(settings, "int_attributes_aged+", "--exclude", *sorted(built))


def _run(settings: Settings, *selected: str) -> None:
    done = invoke(settings, settings.places.dbt / "halved", "run", "--select", *selected)
    if not done.succeeded:
        raise RuntimeError(f"dbt cannot build {selected[0]}; see {done.target}/dbt.log")


@contextmanager
def _halved(scratch: Path, model: str) -> Iterator[None]:
    """While it lasts, a table holds the rows of the people with an even number alone."""
    statements = {
        "before": f"alter table intermediate.{model} rename to whole;"
        f"create table intermediate.{model} as from intermediate.whole where person_id % 2 = 0",
        "after": f"drop table intermediate.{model}; alter table intermediate.whole rename to {model}",
    }
    with duckdb.connect(str(scratch)) as connection:
        connection.execute(statements["before"])
    yield
    with duckdb.connect(str(scratch)) as connection:
        connection.execute(statements["after"])
