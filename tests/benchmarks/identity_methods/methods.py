"""The methods by name; each measures itself on a prepared set and gives its lines of the table."""

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from pipelines.identity import resolve
from tests.benchmarks.identity_methods import tutorial
from tests.benchmarks.identity_methods.figures import Figures, judge
from tests.benchmarks.identity_methods.measured import Cost, measured
from tests.benchmarks.identity_sets.prepared import Prepared


@dataclass(frozen=True)
class Line:
    """One line of the table: what a method found on a set, and at what cost.

    `named`: the figures over the profiles with a family name only, which is all that tools for names are made for.
    """

    method: str
    figures: Figures
    named: Figures
    cost: Cost


def _line(connection: duckdb.DuckDBPyConnection, method: str, found: str, cost: Cost) -> Line:
    named = (
        "select profile_id from scratch.intermediate.int_profiles_seen where family_name_clean is not null"
    )
    return Line(
        method,
        judge(connection, found, "select profile_id from truth"),
        judge(connection, found, named),
        cost,
    )


def ours(prepared: Prepared) -> list[Line]:
    """The identity step as it runs in the pipeline."""
    with prepared.opened() as connection:
        with measured() as cost:
            resolve(connection)
        found = "select profile_id, person_id as cluster_id from identity.profile_person"
        return [_line(connection, "ours", found, cost)]


def splink(prepared: Prepared, only_named: bool = False) -> list[Line]:
    """Splink's tutorial, of all profiles or of those with a family name; a line per threshold, training included."""
    with prepared.read() as connection:
        with measured() as cost:
            found = tutorial.find(connection, tutorial.read_profiles(connection, only_named))
        of = ", named only" if only_named else ""
        return [
            _line(connection, f"Splink tutorial at {threshold:g}{of}", f"from {table}", cost)
            for threshold, table in found.items()
        ]


def splink_named(prepared: Prepared) -> list[Line]:
    """Splink's tutorial of the profiles with a family name."""
    return splink(prepared, only_named=True)


METHODS: dict[str, Callable[[Prepared], list[Line]]] = {
    "ours": ours,
    "splink": splink,
    "splink-named": splink_named,
}
