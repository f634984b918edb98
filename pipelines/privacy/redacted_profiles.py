"""Redacted profiles: a number without values, tied to another profile of the person so that a living person keeps the id.

`ledger/shells/<number>.parquet` lists them, each with the profile it is tied to, or null if the person has none left. It
is written first; then the raw files are rewritten, and `<number>.done` beside it says that all of them were.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.contracts import KINDS
from pipelines.landing.columns import profile_columns
from pipelines.landing.damage import replace_file
from pipelines.landing.loads import read_loads
from pipelines.warehouse.database import as_parquet, connect, read_parquet, text
from pipelines.warehouse.places import Places

_KEPT = ("profile_id", "feed")


def redaction_files(places: Places) -> list[Path]:
    """The lists in the ledger, oldest first."""
    return sorted(places.redacted_profiles.glob("[0-9]*.parquet"))


def redacted_profiles(places: Places) -> str:
    """SQL for (profile_id, tied_profile_id): every redacted profile, with the profile that the newest list ties it to."""
    files = redaction_files(places)
    if not files:
        return "select null::bigint as profile_id, null::bigint as tied_profile_id where false"
    return f"""
        select profile_id, arg_max_null(tied_profile_id, filename) as tied_profile_id
        from {read_parquet(places, files, "filename = true")}
        group by profile_id
    """


def write_redacted_profiles(places: Places) -> int:
    """Writes the file of the build that dbt reads as raw.shells; returns its rows."""
    with connect(places) as connection:
        target = text(places.index("shells"))
        copied = connection.execute(f"copy ({redacted_profiles(places)}) to {target} {as_parquet(places)}")
        return int(copied.fetchall()[0][0])


def plan_redaction(places: Places, profiles: Sequence[int], ties: Sequence[int | None]) -> None:
    """Adds a list to the ledger, whole or not at all; `finish_redaction` carries it out."""
    folder = places.redacted_profiles
    folder.mkdir(parents=True, exist_ok=True)
    number = max((int(path.stem) for path in redaction_files(places)), default=0) + 1
    draft = folder / f".{number:06d}.parquet"
    plan = pa.table(
        {"profile_id": pa.array(profiles, pa.int64()), "tied_profile_id": pa.array(ties, pa.int64())}
    )
    with connect(places) as connection:
        connection.register("plan", plan)
        connection.execute(f"copy (from plan order by profile_id) to {text(draft)} {as_parquet(places)}")
    draft.rename(folder / f"{number:06d}.parquet")


def finish_redaction(places: Places) -> int:
    """Removes the values of listed profiles from the raw files where that is not done yet; returns the files rewritten.

    It may be killed at any moment: each file is replaced whole, and the next call continues.
    """
    open_plans = [path for path in redaction_files(places) if not path.with_suffix(".done").exists()]
    if not open_plans:
        return 0
    rewritten = 0
    with connect(places) as connection:
        connection.execute(
            f"create temp table due as select distinct profile_id from {read_parquet(places, open_plans)}"
        )
        for load in read_loads(places):
            folder = load.folder(places)
            values = [column for column in profile_columns() if column not in _KEPT]
            rewritten += _emptied(connection, places, folder / "profiles.parquet", values)
            free = [column.name for column in KINDS[load.kind].columns if column.is_free_text]
            rewritten += _emptied(connection, places, folder / "facts.parquet", free)
    for path in open_plans:
        path.with_suffix(".done").touch()
    return rewritten


def _emptied(
    connection: duckdb.DuckDBPyConnection, places: Places, path: Path, columns: Sequence[str]
) -> bool:
    """Replaces the file by one without the values of the profiles in `due`; returns False if it held none."""
    if not columns or not path.exists():
        return False
    held = {row[0] for row in connection.execute(f"describe from {read_parquet(places, path)}").fetchall()}
    emptied = [column for column in columns if column in held]
    if not emptied:
        return False
    found = connection.execute(
        f"select count(*) from {read_parquet(places, path)} semi join due using (profile_id) "
        f"where coalesce({', '.join(f'{column}::varchar' for column in emptied)}) is not null"
    ).fetchall()[0][0]
    if not found:
        return False
    draft = path.with_name(f".{path.name}")
    cleared = ", ".join(
        f"case when due.profile_id is null then {column} end as {column}" for column in emptied
    )
    order = "row_number" if "row_number" in held else "profile_id"
    connection.execute(f"""
        copy (
            select held.* replace ({cleared})
            from {read_parquet(places, path)} as held
            left join due on held.profile_id = due.profile_id
            order by held.{order}
        ) to {text(draft)} {as_parquet(places)}
    """)
    replace_file(places, draft, path)
    return True


def drop_quarantine(places: Places, feed: str, numbers: Sequence[int]) -> int:
    """Removes the quarantine of these loads of a feed; returns how many folders."""
    folders = [places.quarantine / feed / f"{number:06d}" for number in numbers]
    there = [folder for folder in folders if folder.exists()]
    for folder in there:
        shutil.rmtree(folder)
    return len(there)
