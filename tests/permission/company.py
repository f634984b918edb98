"""A company whose files are landed for real: contracts and deliveries in a folder, day by day, then the permission models by dbt."""

import csv
import io
import json
import random
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml

from pipelines.contracts import CONTACT_BLOCK, Contract, read_contracts
from pipelines.contracts.policies import read_country_rules
from pipelines.dbt.running import dbt_environment, invoke
from pipelines.landing.committing import StagedLoad, Verdict
from pipelines.landing.deliveries import Delivery, FeedScan, scan_feeds
from pipelines.landing.dropping import drop
from pipelines.landing.landing import land_feed
from pipelines.landing.loads import profile_files, read_loads, release
from pipelines.privacy.index import write_index
from pipelines.privacy.tombstones import HOLDING_BACK
from pipelines.settings import PROJECT, Settings
from pipelines.warehouse.database import read_parquet
from pipelines.warehouse.places import Places
from tests.dbt.conftest import IDENTITY
from tests.permission.definition import Definition, Reached
from tests.permission.delivered import Arrival, Fate, File, Row
from tests.permission.reading import Block, World, block_of

AS_OF = date(2026, 6, 30)


@dataclass(frozen=True, order=True)
class Slot:
    """Which file of a feed a row stands in: the day it is landed, and what the file is like.

    `name` tells files of one day apart and goes before the rest of the file's name. `snapshot`: the day of the list.
    """

    feed: str
    day: date
    name: str = ""
    fate: Fate = "accepted"
    snapshot: date | None = None
    encoding: str = "utf-8"


@dataclass
class Company:
    """Contracts, and the rows that its files hold, by owner: a history, a case."""

    contracts: dict[str, dict[str, Any]]
    rows: dict[Slot, list[tuple[float, object, Row]]] = field(default_factory=lambda: defaultdict(list))
    files: list[File] = field(default_factory=list)
    arrivals: dict[object, list[Arrival]] = field(default_factory=lambda: defaultdict(list))
    copies: dict[str, Path] = field(default_factory=dict)  # file -> what it is a copy of

    def add(self, owner: object, row: Row, *slots: Slot, place: float = 0.5) -> None:
        """One row, in each of these files; rows of a file are ordered by `place`, those of one place at random."""
        for slot in slots:
            assert slot.feed == row.feed
            self.rows[slot].append((place, owner, row))

    def copy(self, owner: object, file: File, path: Path) -> None:
        """A file that is delivered as it is; its rows are those that a reader would find."""
        self.files.append(file)
        self.copies[file.name] = path
        self.arrivals[owner] += [Arrival(row, file, number) for number, row in enumerate(file.rows)]

    def write(self, sources: Path, rng: random.Random) -> None:
        """Contracts and files, the rows of each file in some order. Makes `files` and `arrivals`."""
        sources.mkdir(parents=True)
        for feed, contract in self.contracts.items():
            (sources / f"{feed}.yml").write_text(
                yaml.safe_dump(contract, sort_keys=False, allow_unicode=True), encoding="utf-8"
            )
        for slot, rows in sorted(self.rows.items(), key=lambda item: _order(item[0])):
            rng.shuffle(rows)
            rows.sort(key=lambda item: item[0])
            file = File(
                feed=slot.feed,
                name=self._name(slot),
                day=slot.day,
                rows=[row for _, _, row in rows],
                fate=slot.fate,
                snapshot=slot.snapshot,
                encoding=slot.encoding,
            )
            self.files.append(file)
            for number, (_, owner, row) in enumerate(rows):
                self.arrivals[owner].append(Arrival(row, file, number))

    def _name(self, slot: Slot) -> str:
        contract = self.contracts[slot.feed]
        ending = {"csv": "csv", "jsonl": "jsonl"}[contract["files"]["format"]]
        folder = f"files/{slot.feed}/{slot.day:%m%d}{slot.name}"
        if slot.snapshot is None:
            return f"{folder}/rows.{ending}"
        return f"{folder}/{slot.snapshot.strftime(contract['snapshot_date']['filename'])}"

    def content(self, file: File) -> bytes:
        """The bytes of a file; a lone surrogate in a text is a byte that fits no encoding."""
        if file.name in self.copies:
            return self.copies[file.name].read_bytes()
        contract = Contract.model_validate(self.contracts[file.feed])
        if contract.files.format == "jsonl":
            lines = [row.raw or json.dumps(row.cells, ensure_ascii=False) for row in file.rows]
            return ("\n".join(lines) + "\n").encode(file.encoding, "surrogateescape")
        header = columns_of(contract)
        lines = [_line(header)]
        lines += [row.raw or _line([row.cells.get(column, "") for column in header]) for row in file.rows]
        return ("\n".join(lines) + "\n").encode(file.encoding, "surrogateescape")


def _order(slot: Slot) -> tuple[object, ...]:
    return (slot.day, slot.feed, slot.name, slot.snapshot or date.min)


def columns_of(contract: Contract) -> list[str]:
    """The header of the feed's files, in the order in which the contract names its columns."""
    time = [contract.event_time.column] if contract.event_time is not None else []
    return list(dict.fromkeys([*contract.key, *time, *contract.columns]))


def _line(cells: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue()


@dataclass(frozen=True)
class Built:
    """A company that was landed and built: where, what the definition has to know, and whose records are whose."""

    places: Places
    world: World
    company: Company
    profiles: Mapping[int, Block]
    people: Mapping[object, Mapping[Block, object]]
    refused: Mapping[str, str]  # file -> why landing refused it
    person_ids: Mapping[int, tuple[object, object]]  # profile that gives a person its number -> owner, person

    def allowed(self, query: str) -> dict[object, set[Reached]]:
        """Owner -> what a query for person, channel, purpose and contact point allows, in the definition's words."""
        found: dict[object, set[Reached]] = defaultdict(set)
        for person_id, channel, purpose, point_id in self.query(query):
            owner, person = self.person_ids[person_id]
            record = self.world.record(self.profiles[point_id // 10])
            sort = {1: "email", 2: "phone", 3: "address"}[point_id % 10]
            (point,) = (point for point in record.points if point[0] == sort)
            found[owner].add((person, channel, purpose, point))
        return found

    def definition(self, owner: object, forget: Collection[str] = ()) -> Definition:
        """The definition of one owner's rows, without the rules to be forgotten."""
        return Definition(self.world, self.company.arrivals[owner], self.people[owner], forget)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the built databases: `analytics` by default, `scratch` and `customers` by their names."""
        with duckdb.connect() as connection:
            for path in (self.places.analytics, self.places.scratch, self.places.customers):
                connection.execute(f"attach '{path}' as {path.stem} (read_only)")
            connection.execute("use analytics")
            return connection.execute(sql).fetchall()


Grouping = Callable[[World, Any, Sequence[Block]], Mapping[Block, object]]


def land(company: Company, folder: Path, rng: random.Random) -> tuple[Settings, World, dict[str, str]]:
    """Writes the company's files and lands them, day by day; what was refused, by file, with the reason."""
    settings = Settings(sources=folder / "sources", warehouse=folder / "warehouse", as_of=AS_OF)
    shutil.rmtree(folder, ignore_errors=True)
    company.write(settings.sources, rng)
    contracts = read_contracts(settings.sources)
    refused: dict[str, str] = {}
    by_day: dict[date, dict[str, File]] = defaultdict(dict)
    for file in company.files:
        by_day[file.day][file.name] = file
    for day in sorted(by_day):
        for name, file in by_day[day].items():
            (settings.sources / name).parent.mkdir(parents=True, exist_ok=True)
            (settings.sources / name).write_bytes(company.content(file))
        today = settings.model_copy(update={"as_of": day})
        for scan in scan_feeds(contracts, today.sources, today.places, day):
            for delivery in scan.new:
                refused |= _land_file(scan, delivery, today, by_day[day][delivery.name].fate)
    world = World(
        {contract.feed: contract for contract in contracts},
        company.files,
        AS_OF,
        read_country_rules(PROJECT / "sources"),
    )
    return settings, world, refused


def _land_file(scan: FeedScan, delivery: Delivery, settings: Settings, fate: Fate) -> dict[str, str]:
    def check(_: StagedLoad) -> Verdict:
        return Verdict(failed=["held for the test"] if fate in ("held", "dropped", "released") else [])

    landed = land_feed(replace(scan, new=(delivery,)), settings, check, HOLDING_BACK)
    for load in landed.loads:
        if fate == "dropped":
            drop(settings.places, load.load_number)
        if fate == "released":
            release(settings.places, load.load_number, settings.as_of)
    return {refusal.file: refusal.reason for refusal in landed.refusals}


def build(
    company: Company, folder: Path, rng: random.Random, grouping: Grouping, model: str = "contactability"
) -> Built:
    """Lands the company and builds `model` with all that it is made of; which records are one person is given, not resolved.

    `grouping`: owner and contact blocks -> person of each block.
    """
    settings, world, refused = land(company, folder, rng)
    places = settings.places
    profiles = _profiles(places)
    number_of = {block: profile_id for profile_id, block in profiles.items()}
    people, person_of, person_ids = {}, {}, {}
    for owner, arrivals in company.arrivals.items():
        blocks = dict.fromkeys(
            block_of(world.contracts[arrival.row.feed], arrival.row)
            for arrival in arrivals
            if world.contracts[arrival.row.feed].spec.makes_people
        )
        known = [block for block in blocks if block in number_of]
        people[owner] = grouping(world, owner, known)
        members: dict[object, list[int]] = defaultdict(list)
        for block in known:
            members[people[owner][block]].append(number_of[block])
        for person, numbers in members.items():
            person_ids[min(numbers)] = (owner, person)
            person_of |= dict.fromkeys(numbers, min(numbers))
    write_index(places, list(world.contracts.values()), AS_OF, world.country_rules)
    write_identity(places, person_of)
    run_dbt(settings, folder / "dbt", model)
    return Built(places, world, company, profiles, people, refused, person_ids)


def _profiles(places: Places) -> dict[int, Block]:
    files = profile_files(places, read_loads(places))
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select profile_id, feed, {', '.join(CONTACT_BLOCK)} from {read_parquet(places, files)}"
        ).fetchall()
    return {profile_id: (feed, tuple(texts)) for profile_id, feed, *texts in rows}


# In place of a customer number; identity finds them by its rules.
NOBODYS = ("0", "00", "-", "n/a", "NULL", "guest", "99999999")


def write_identity(places: Places, person_of: Mapping[int, int]) -> None:
    """The tables of identity resolution: the person of each profile, and nothing else."""
    with duckdb.connect(str(places.analytics)) as connection:
        connection.execute(f"attach '{places.customers}' as customers")
        connection.execute(IDENTITY)
        people = pa.table({"profile_id": list(person_of), "person_id": list(person_of.values())})
        connection.register("people", people)
        connection.execute("insert into identity.profile_person select * from people")
        connection.executemany(
            "insert into customers.identity.bad_values values ('customer_number', 'shop:' || ?, 'placeholder')",
            [(number,) for number in NOBODYS],
        )


def run_dbt(settings: Settings, target: Path, model: str) -> None:
    """Builds a model with all it is made of, and what a run reports of refusals."""
    wanted = (f"+{model}", "+int_loads_refusing", "fct_consents")
    selected = ("--resource-type", "model", "--resource-type", "seed", "--select", *wanted)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in dbt_environment(settings).items():
            patch.setenv(name, value)
        done = invoke(settings, target, "build", *selected)
    assert done.succeeded, [result.message for result in done.results if result.status != "success"]


def together(_: object, blocks: Iterable[Block]) -> dict[Block, object]:
    """Everybody is one person."""
    return dict.fromkeys(blocks, 0)


def apart(_: object, blocks: Iterable[Block]) -> dict[Block, object]:
    """Every record is a person of its own."""
    return {block: number for number, block in enumerate(sorted(blocks, key=str))}
