"""Profiles reduced to shells: a number without a value, tied to the next profile so that a living person keeps the id.

`ledger/shells/<number>.parquet` says which, and of each the profile it is tied to, or none where nobody is left. It is
written first; the raw files follow, and `<number>.done` stands beside it when all of them have.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.contracts import KINDS
from pipelines.landing.columns import profile_columns
from pipelines.landing.loads import read_loads
from pipelines.warehouse.database import as_parquet, connect, read_parquet, text
from pipelines.warehouse.places import Places

_KEPT = ("profile_id", "feed")


def shell_files(places: Places) -> list[Path]:
    """The plans in the ledger, oldest first."""
    return sorted(places.shells.glob("[0-9]*.parquet"))


def shells(places: Places) -> str:
    """A query for (profile_id, tied_profile_id): every shell, with the profile it is tied to by the newest plan."""
    files = shell_files(places)
    if not files:
        return "select null::bigint as profile_id, null::bigint as tied_profile_id where false"
    return f"""
        select profile_id, arg_max_null(tied_profile_id, filename) as tied_profile_id
        from {read_parquet(places, files, "filename = true")}
        group by profile_id
    """


def write_shells(places: Places) -> int:
    """Writes the file of the build that dbt reads as raw.shells; returns its rows."""
    with connect(places) as connection:
        target = text(places.index("shells"))
        copied = connection.execute(f"copy ({shells(places)}) to {target} {as_parquet(places)}")
        return int(copied.fetchall()[0][0])


def plan_shells(places: Places, profiles: Sequence[int], ties: Sequence[int | None]) -> None:
    """Adds a plan to the ledger, whole or not at all; `finish_shells` carries it out."""
    folder = places.shells
    folder.mkdir(parents=True, exist_ok=True)
    number = max((int(path.stem) for path in shell_files(places)), default=0) + 1
    draft = folder / f".{number:06d}.parquet"
    plan = pa.table(
        {"profile_id": pa.array(profiles, pa.int64()), "tied_profile_id": pa.array(ties, pa.int64())}
    )
    with connect(places) as connection:
        connection.register("plan", plan)
        connection.execute(f"copy (from plan order by profile_id) to {text(draft)} {as_parquet(places)}")
    draft.rename(folder / f"{number:06d}.parquet")


def finish_shells(places: Places) -> int:
    """Takes the values of planned shells out of the raw files, as far as that is not done yet; gives the files rewritten.

    May be killed at any moment: each file is replaced whole, and the next call goes on.
    """
    open_plans = [path for path in shell_files(places) if not path.with_suffix(".done").exists()]
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
    """Whether the file held such a value of a profile that is due; then it is replaced by one that does not."""
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
    draft.rename(path)
    return True


def drop_quarantine(places: Places, feed: str, numbers: Sequence[int]) -> int:
    """Removes what these loads of a feed set aside; gives how many folders."""
    folders = [places.quarantine / feed / f"{number:06d}" for number in numbers]
    there = [folder for folder in folders if folder.exists()]
    for folder in there:
        shutil.rmtree(folder)
    return len(there)
