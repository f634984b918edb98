"""A data set prepared once: its files landed as feeds, its profiles made by dbt, the truth about them beside."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipelines.contracts import read_contracts
from pipelines.dbt.running import dbt_environment
from pipelines.landing.committing import Verdict
from pipelines.landing.deliveries import scan_feeds
from pipelines.landing.landing import land_feed
from pipelines.privacy.index import write_index
from pipelines.privacy.tombstones import HOLDING_BACK
from pipelines.settings import DBT_PROJECT, Settings
from pipelines.warehouse.database import connect, text, texts
from pipelines.warehouse.places import Places

AS_OF = date(2026, 6, 30)

# Writes into a folder: `sources/` (contracts and files), `truth/rows/*.parquet` (feed, file, row_number, person_id),
# and, where some people are to be looked at apart, `truth/groups.parquet` (person_id, name).
Maker = Callable[[Path], None]


@dataclass(frozen=True)
class Prepared:
    """A prepared set: `warehouse/build/scratch.duckdb` with int_profiles_seen, and `truth.parquet`.

    The truth has one row per active profile of a kind that makes people (profile_id, person_id, groups), but for
    those that several people filled in alike: they are resolved like all others and not judged.
    """

    folder: Path

    @property
    def places(self) -> Places:
        """The set's warehouse."""
        return Places((self.folder / "warehouse").resolve())

    @property
    def truth(self) -> Path:
        """Which person each profile is of."""
        return self.folder / "truth.parquet"

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection as the identity step gets it, nothing resolved yet; with a temp view `truth`."""
        places = self.places
        for path in places.build.iterdir():
            # Whatever an earlier resolution left, its state included.
            if path.suffix in (".duckdb", ".wal") and not path.name.startswith(places.scratch.name):
                path.unlink()
        with connect(places, places.analytics) as connection:
            connection.execute(f"attach {text(places.customers)} as customers")
            self._attach(connection)
            yield connection

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection in memory that sees the profiles and, as a temp view, the truth."""
        with connect(self.places) as connection:
            self._attach(connection)
            yield connection

    def _attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"attach {text(self.places.scratch)} as scratch (read_only)")
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"create temp view truth as from read_parquet({text(self.truth)})")


def prepare(folder: Path, make: Maker) -> Prepared:
    """The set in `folder`, made when it is not there or was left half made."""
    prepared = Prepared(folder)
    if not prepared.truth.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)
        settings = _land(folder)
        _see_profiles(settings)
        _write_truth(prepared)
    return prepared


def derive(folder: Path, base: Prepared, replaced: str) -> Prepared:
    """The set in `folder`: the profiles of `base`, with `replaced` (the list of a `select * replace`), and its truth."""
    prepared = Prepared(folder)
    if not prepared.truth.exists():
        shutil.rmtree(folder, ignore_errors=True)
        prepared.places.build.mkdir(parents=True)
        with connect(prepared.places, prepared.places.scratch) as connection:
            connection.execute(f"attach {text(base.places.scratch)} as base (read_only)")
            connection.execute("create schema intermediate")
            connection.execute(
                f"create table intermediate.int_profiles_seen as select * replace ({replaced}) from base.intermediate.int_profiles_seen"
            )
        shutil.copyfile(base.truth, prepared.truth)
    return prepared


def _land(folder: Path) -> Settings:
    """Lands every feed that says who, unchecked."""
    settings = Settings(sources=folder / "sources", warehouse=folder / "warehouse", as_of=AS_OF)
    contracts = [contract for contract in read_contracts(settings.sources) if contract.spec.has_contact_block]
    for scan in scan_feeds(contracts, settings.sources, settings.places, settings.as_of):
        land_feed(scan, settings, lambda _: Verdict(), HOLDING_BACK)
    write_index(settings.places, contracts, settings.as_of)
    return settings


def _see_profiles(settings: Settings) -> None:
    """Builds int_profiles_seen and what it reads, by the project's own models."""
    logs = settings.places.build / "dbt" / "logs"
    subprocess.run(
        [
            sys.executable,
            "-c",
            "from dbt.cli.main import cli; cli()",
            "--quiet",
            "run",
            "--select",
            "+int_profiles_seen",
            "--project-dir",
            str(DBT_PROJECT),
            "--profiles-dir",
            str(DBT_PROJECT),
        ],
        env=os.environ | dbt_environment(settings) | {"DBT_LOG_PATH": str(logs)},
        check=True,
    )


def _write_truth(prepared: Prepared) -> None:
    """Joins the rows of the loads with the truth about the rows of the files."""
    places, folder = prepared.places, prepared.folder
    groups = folder / "truth" / "groups.parquet"
    with connect(places) as connection:
        connection.execute(f"attach {text(places.scratch)} as scratch (read_only)")
        facts = connection.execute(
            f"select facts_path from read_parquet({text(places.build / 'loads.parquet')}) where is_read and profiles_path is not null"
        ).fetchall()
        listed = (
            f"select person_id, list(name order by name) as groups from read_parquet({text(groups)}) group by person_id"
            if groups.exists()
            else "select null::bigint as person_id, null::varchar[] as groups limit 0"
        )
        written = prepared.truth.with_suffix(".writing")
        connection.execute(f"""
            copy (
                with owners as (
                    select facts.profile_id, min(rows.person_id) as person_id
                    from read_parquet({texts([path for (path,) in facts])}, union_by_name = true) as facts
                    inner join read_parquet({text(places.build / "loads.parquet")}) as loads using (load_number)
                    inner join read_parquet({text(folder / "truth" / "rows" / "*.parquet")}, union_by_name = true) as rows
                        on facts.feed = rows.feed and parse_filename(loads.file) = rows.file
                        and facts.row_number = rows.row_number
                    where facts.profile_id is not null
                    group by facts.profile_id
                    -- Father and son of one name may fill in the very same form.
                    having count(distinct rows.person_id) = 1 and bool_and(rows.person_id is not null)
                )
                select owners.profile_id, owners.person_id, coalesce(listed.groups, []) as groups
                from owners
                inner join scratch.intermediate.int_profiles_seen as profiles on owners.profile_id = profiles.profile_id
                left join ({listed}) as listed on owners.person_id = listed.person_id
                where profiles.makes_people
                order by owners.profile_id
            ) to {text(written)} (format parquet)
        """)
    written.rename(prepared.truth)
