"""The methods by name; each measures itself on a prepared set and gives its lines of the table."""

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from pipelines.identity import resolve
from pipelines.identity.likelihood.training import train
from tests.benchmarks.identity_methods import tutorial
from tests.benchmarks.identity_methods.ceiling import resolve_by_truth, take_candidates, taught
from tests.benchmarks.identity_methods.day import day
from tests.benchmarks.identity_methods.figures import Blocking, Figures, judge, judge_blocking
from tests.benchmarks.identity_methods.measured import Cost, measured
from tests.benchmarks.identity_sets.prepared import AS_OF, Prepared


@dataclass(frozen=True)
class Line:
    """One line of the table: what a method found on a set, and at what cost.

    `profiles` are resolved; `judged` are those of them of which one person is known.

    `named`: the figures over the profiles with a family name only, which is all that tools for names are made for.
    """

    method: str
    profiles: int
    judged: int
    figures: Figures
    named: Figures
    cost: Cost | None
    blocking: Blocking | None = None


SHIPPED, TRAINED, CEILING = "ours, shipped model", "ours, trained on the set", "ceiling: taught the truth"
TUTORIAL, DAY = "Splink tutorial", "a day of 1% new"
_ALL = "select profile_id from truth"
_NAMED = "select profile_id from scratch.intermediate.int_profiles_seen where family_name_clean is not null"
_PEOPLE = "select profile_id, person_id as cluster_id from identity.profile_person"


def _line(
    connection: duckdb.DuckDBPyConnection,
    method: str,
    found: str,
    cost: Cost | None,
    blocking: Blocking | None = None,
) -> Line:
    profiles, judged = connection.execute("""
        select
            (select count(*) from scratch.intermediate.int_profiles_seen where makes_people),
            (select count(*) from truth)
    """).fetchall()[0]
    figures, named = judge(connection, found, _ALL), judge(connection, found, _NAMED)
    return Line(method, profiles, judged, figures, named, cost, blocking)


def shipped(prepared: Prepared) -> list[Line]:
    """The identity step as it runs in the pipeline, with the model that ships."""
    with prepared.opened() as connection:
        with measured() as cost:
            resolve(connection)
        return [_line(connection, SHIPPED, _PEOPLE, cost)]


def trained(prepared: Prepared) -> list[Line]:
    """The same with a model trained on the set, training included."""
    with measured() as training, prepared.opened() as connection:
        model = train(connection, name="benchmark-1", description="the set measured", as_of=AS_OF)
    with prepared.opened() as connection:
        with measured() as cost:
            resolve(connection, model=model)
        cost.cpu, cost.wall = cost.cpu + training.cpu, cost.wall + training.wall
        return [_line(connection, TRAINED, _PEOPLE, cost)]


def newest(prepared: Prepared) -> list[Line]:
    """The cost of a day that brings 1 % new profiles; the figures are those after it."""
    with day(prepared) as (connection, cost, is_equal):
        said = "as all at once" if is_equal else "OTHER PEOPLE THAN ALL AT ONCE"
        return [_line(connection, f"{DAY}: {said}", _PEOPLE, cost)]


def splink(prepared: Prepared, only_named: bool = False) -> list[Line]:
    """Splink's tutorial, of all profiles or of those with a family name; a line per threshold, training included."""
    with prepared.read() as connection:
        with measured() as cost:
            found = tutorial.find(connection, tutorial.read_profiles(connection, only_named))
        of = ", named only" if only_named else ""
        return [
            _line(connection, f"{TUTORIAL} at {threshold:g}{of}", f"from {table}", cost)
            for threshold, table in found.items()
        ]


def splink_named(prepared: Prepared) -> list[Line]:
    """Splink's tutorial of the profiles with a family name."""
    return splink(prepared, only_named=True)


def ceiling(prepared: Prepared) -> list[Line]:
    """What the candidates allow at most, and what a judge taught the truth makes of them with our clustering."""
    with prepared.opened() as connection:
        model = train(connection, name="benchmark-1", description="the set measured", as_of=AS_OF)
    with prepared.opened() as connection:
        profiles = take_candidates(connection, model)
        judges = taught(connection, model)
        blocking = judge_blocking(connection, "from candidates", profiles)
    with prepared.opened() as connection:
        resolve_by_truth(connection, model, judges)
        return [_line(connection, CEILING, _PEOPLE, None, blocking)]


METHODS: dict[str, Callable[[Prepared], list[Line]]] = {
    "shipped": shipped,
    "trained": trained,
    "day": newest,
    "splink": splink,
    "splink-named": splink_named,
    "ceiling": ceiling,
}
