"""State-aware builds: what each model and test of dbt was last built of, so that a run builds only what would come out otherwise."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from pipelines.contracts import Contract
from pipelines.landing.loads import read_loads
from pipelines.publishing.inputs import rules_digest
from pipelines.settings import Settings
from pipelines.warehouse.database import attach, connect, read_parquet, text
from pipelines.warehouse.database import name as quoted
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.places import Places

# Macros over the files of loads: of the day of the run counts for them which files and rows it lets through.
_READ_LOADS = {
    "macro.stamgast.raw_facts",
    "macro.stamgast.raw_facts_of_every_snapshot",
    "macro.stamgast.newest_versions",
    "macro.stamgast.superseded_rows",
}
_READ_PROFILES = "macro.stamgast.raw_profiles"
# Macros over the days of a licence: of the day of the run counts for them whether it is one of those.
_READ_LICENCES = {"macro.stamgast.licence_is_in_force", "macro.stamgast.licence_has_ended"}
_ANSWERED = {*_READ_LOADS, _READ_PROFILES, *_READ_LICENCES}
# What of dbt's environment may differ between two runs that use the same databases, by the macro that alone asks for it.
_VARYING = {
    "macro.stamgast.as_of": "STAMGAST_AS_OF",
    "macro.stamgast.previous_segment_history": "STAMGAST_SEGMENT_HISTORY",
}
_INDEX = "source.stamgast.raw.loads"
_SUPERSEDED = "model.stamgast.int_rows_superseded"


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, default=str, sort_keys=True).encode()).hexdigest()


@dataclass
class BuildState:
    """What the build databases hold: node of dbt -> fingerprint of what it was built (a test: passed) of, and on what day.

    `run`: the run that builds. `rules`: digest of all but loads and day. `loads`: number and status of each load.
    """

    run: str
    rules: str
    as_of: str
    loads: list[str]
    built: dict[str, tuple[str, str]] = field(default_factory=dict)


def _file(places: Places) -> Path:
    return places.build_state


def _save(places: Places, state: BuildState) -> None:
    write_atomically(_file(places), json.dumps(asdict(state)))


def _read(places: Places) -> BuildState | None:
    """What was built; None where nothing is known of it, as after a version of the project that noted other things."""
    path = _file(places)
    noted = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return BuildState(**noted) if noted.keys() == {one.name for one in fields(BuildState)} else None


def _rules(settings: Settings, contracts: Sequence[Contract]) -> str:
    """What else than loads and day decides what is built.

    On the day a licence ends what stands on it goes: as after an erasure no row of it may be left in a file.
    """
    ended = [
        contract.feed
        for contract in contracts
        if contract.licence is not None and contract.licence.valid_until < settings.as_of
    ]
    environment = {key: value for key, value in settings.environment.items() if key not in _VARYING.values()}
    return _digest(rules_digest(settings, contracts), environment, ended)


def begin(settings: Settings, contracts: Sequence[Contract], run: str) -> None:
    """A run begins to build: on what is there, or anew.

    Anew when the rules changed, the day went back, a load was taken out or decided about, or a run died while it
    wrote: its tables may be half, and tables of models that are gone, and rows that may no longer be there, are
    never published.
    """
    places = settings.places
    rules = _rules(settings, contracts)
    loads = [f"{load.load_number} {load.status}" for load in read_loads(places)]
    known = _read(places)
    kept = (
        known is not None
        and known.rules == rules
        and date.fromisoformat(known.as_of) <= settings.as_of
        and known.loads == loads[: len(known.loads)]
        and all(path.exists() and not _log_of(path).exists() for path in _databases(places))
    )
    if not kept:
        _file(places).unlink(missing_ok=True)
        start_anew(places)
    built = known.built if known is not None and kept else {}
    _save(places, BuildState(run, rules, settings.as_of.isoformat(), loads, built))


def _databases(places: Places) -> tuple[Path, ...]:
    return places.analytics, places.customers, places.scratch


def _log_of(database: Path) -> Path:
    """What DuckDB has not written into the database yet; only a process that died leaves it behind."""
    return database.with_name(f"{database.name}.wal")


def start_anew(places: Places) -> None:
    """Removes the build databases."""
    for database in _databases(places):
        database.unlink(missing_ok=True)
        _log_of(database).unlink(missing_ok=True)


class Builds:
    """The nodes that a step of a run builds, and the others, which are as they would be built.

    Nothing is spared in a run that did not `begin` a build: what it builds may stand on other inputs, so it is forgotten.
    """

    def __init__(
        self, settings: Settings, manifest: Mapping[str, Any], run: str, chosen: Iterable[str]
    ) -> None:
        self._places = settings.places
        self._state = _read(self._places)
        # Node -> the day of the run that built it.
        self.spared: dict[str, str] = {}
        self.due = list(chosen)
        self._fingerprints: dict[str, str] = {}
        if self._state is not None and self._state.run == run:
            self._fingerprints = fingerprints(settings, manifest, self.due)
            for node in self.due:
                of, day = self._state.built.get(node, ("", ""))
                if of == self._fingerprints[node]:
                    self.spared[node] = day
            self.due = [node for node in self.due if node not in self.spared]
        if self._state is not None:
            for node in self.due:
                self._state.built.pop(node, None)
            _save(self._places, self._state)

    def passed(self, nodes: Iterable[str]) -> None:
        """Notes that these were built, or passed, as they are due."""
        if self._state is not None:
            self._state.built |= {
                node: (self._fingerprints[node], self._state.as_of)
                for node in nodes
                if node in self._fingerprints
            }
            _save(self._places, self._state)


def fingerprints(settings: Settings, manifest: Mapping[str, Any], nodes: Iterable[str]) -> dict[str, str]:
    """Of each node a digest that is the same only while it would be built the same, given the same rules.

    It is made of the day, where the node asks for it, of the landed files and the tables of identity that it reads, and of
    those of all nodes it reads. SQL, variables and macros are rules: they are the same for all nodes between two starts.
    """
    with connect(settings.places) as connection:
        for path in _databases(settings.places):
            if path.exists():
                attach(connection, settings.places, path, read_only=True)
        inputs = _Inputs(settings, manifest, connection)
        return {node: inputs.of(node) for node in nodes}


class _Inputs:
    """Fingerprints of nodes; each input is looked at once, and only when a node asks for it."""

    def __init__(
        self, settings: Settings, manifest: Mapping[str, Any], connection: duckdb.DuckDBPyConnection
    ) -> None:
        from pipelines.dbt.running import dbt_environment

        self._settings, self._places, self._connection = settings, settings.places, connection
        self._nodes, self._sources = manifest["nodes"], manifest["sources"]
        self._environment = dbt_environment(settings)
        self._macros = manifest["macros"]
        self._known: dict[str, str] = {}
        self._kinds: dict[str, str] = {}

    def of(self, unique_id: str) -> str:
        """The fingerprint of a node or source."""
        if unique_id not in self._known:
            is_source = unique_id in self._sources
            self._known[unique_id] = self._of_source(unique_id) if is_source else self._of_node(unique_id)
        return self._known[unique_id]

    def _of_node(self, unique_id: str) -> str:
        node = self._nodes[unique_id]
        used = self._macros_below(node)
        parents = set(node["depends_on"].get("nodes", ()))
        files: list[str] = []
        if used & _READ_LOADS:
            is_staging = node["schema"] == "staging" and node["resource_type"] == "model"
            files = [
                self._landed(kind)
                for kind in ([node["name"].removeprefix("stg_")] if is_staging else self._all_kinds)
            ]
            # Which rows of a kind are superseded follows from the files of the kind.
            parents -= {_SUPERSEDED} if is_staging else set()
        if _READ_PROFILES in used:
            files.append(self._profiles)
        licences = self._licences if used & _READ_LICENCES else ""
        # Of a model the files say all that it asks of the index; a test may ask what became of a load.
        if files and node["resource_type"] == "model":
            parents.discard(_INDEX)
        return _digest(
            {key: self._environment[key] for macro, key in _VARYING.items() if macro in used},
            files,
            licences,
            {parent: self.of(parent) for parent in sorted(parents)},
        )

    def _macros_below(self, node: Mapping[str, Any]) -> set[str]:
        """The macros a node calls, those they call, and so on; what files and licences answer is not looked into."""
        found: set[str] = set()
        waiting = list(node["depends_on"].get("macros", ()))
        while waiting:
            macro = waiting.pop()
            if macro not in found:
                found.add(macro)
                if macro not in _ANSWERED:
                    waiting += self._macros[macro]["depends_on"]["macros"]
        return found

    def _of_source(self, unique_id: str) -> str:
        source = self._sources[unique_id]
        if source["source_name"] == "raw":
            path = self._places.index(source["name"])
            relation = (
                read_parquet(self._places, path)
                if source["name"] in ("shells", "refusals", "refusals_erased")
                else f"read_parquet({text(path)})"
            )
        else:
            relation = ".".join(quoted(source[part]) for part in ("database", "schema", "identifier"))
        # The order of rows says nothing; two contents have the same sum once in 2 ** 64.
        return _digest(
            self._connection.execute(
                f"select count(*), cast(sum(hash(held)) as varchar) from {relation} as held"
            ).fetchall()
        )

    @cached_property
    def _index(self) -> list[tuple[str, bool, date | None, str | None, str | None]]:
        path = self._places.index("loads")
        return self._connection.execute(
            f"select kind, is_read, snapshot_date, facts_path, profiles_path from read_parquet({text(path)}) "
            "order by load_number nulls last"
        ).fetchall()

    @cached_property
    def _all_kinds(self) -> list[str]:
        return sorted({kind for kind, *_ in self._index})

    @cached_property
    def _profiles(self) -> str:
        return _digest([_stat(path) for *_, path in self._index if path])

    @cached_property
    def _licences(self) -> str:
        """Of each feed with a licence how the day stands to it."""
        path = self._places.index("feeds")
        return _digest(
            self._connection.execute(
                "select feed, $day >= licence_valid_from, $day > licence_valid_until "
                f"from read_parquet({text(path)}) where licence_provider is not null order by feed",
                {"day": self._settings.as_of},
            ).fetchall()
        )

    def _landed(self, kind: str) -> str:
        """Of the files of a kind, and of the rows that the day lets through: for a later day more of the same, so their number says which."""
        if kind not in self._kinds:
            day = self._settings.as_of
            loads = [
                (facts, snapshot is None or snapshot <= day)
                for of_kind, is_read, snapshot, facts, _ in self._index
                if of_kind == kind and is_read and facts
            ]
            counts: object = None
            if loads:
                facts = read_parquet(
                    self._places,
                    [Path(path) for path, _ in loads],
                    columns={"event_at": "timestamp", "snapshot_date": "date"},
                )
                counts = self._connection.execute(
                    f"select count(*) filter (event_at < $day + interval 1 day), count(*) filter (snapshot_date <= $day) from {facts}",
                    {"day": day},
                ).fetchall()
            self._kinds[kind] = _digest([(*_stat(path), is_there) for path, is_there in loads], counts)
        return self._kinds[kind]


def _stat(path: str) -> tuple[str, int, int]:
    """A landed file is never changed but by an erasure, a retention or another key, each of which writes another file."""
    stat = Path(path).stat()
    return path, stat.st_size, stat.st_mtime_ns
