"""Takes a load out: its facts and quarantine for good, its refusals stay."""

import shutil
from pathlib import Path

import duckdb

from pipelines.errors import StamgastError
from pipelines.landing.damage import damage, replace_file
from pipelines.landing.loads import Load, as_json, find_load, read_loads
from pipelines.warehouse.database import as_parquet, connect, read_parquet, text
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.places import Places


def drop(places: Places, load_number: int) -> Load:
    """Removes the facts and the quarantine of a load for good, whether held, released or accepted; returns it as it is now.

    With it go the loads that came out of its quarantine. Load and profile numbers are never reused. Profiles that other
    loads refer to stay, and so do its refusals; the same file is not landed again until its contract reads it otherwise.
    Raises StamgastError: no such load, or dropped before.
    """
    load = find_load(places, load_number)
    if load.status == "dropped" and not (load.folder(places) / "facts.parquet").exists():
        raise StamgastError(f"load {load_number} was dropped before; there is nothing left to drop")
    for retried in read_loads(places):
        if retried.retry_of == load_number and retried.status != "dropped":
            drop(places, retried.load_number)
    # Of a damaged load the file itself may be whole: under no contract it counts as never read.
    is_damaged = any(damage(places, [load.feed]))
    dropped = load.model_copy(update={"status": "dropped"} | ({"contract": ""} if is_damaged else {}))
    folder = load.folder(places)
    write_atomically(folder / "_load.json", as_json(dropped))
    others = [
        other.folder(places) / "facts.parquet"
        for other in read_loads(places)
        if other.feed == load.feed and other != dropped
    ]
    try:
        _keep_profiles_in_use(places, folder / "profiles.parquet", [path for path in others if path.exists()])
    except duckdb.Error as error:
        raise StamgastError(
            f"load {load_number}: its profiles or the facts of another load of {load.feed} are damaged; drop the later loads of the feed "
            "as well, newest first, then this one again; their files are read anew"
        ) from error
    (folder / "facts.parquet").unlink(missing_ok=True)
    shutil.rmtree(load.quarantine(places), ignore_errors=True)
    return dropped


def _keep_profiles_in_use(places: Places, profiles: Path, facts: list[Path]) -> None:
    if not profiles.exists():
        return
    if not facts:
        profiles.unlink()
        return
    draft = profiles.with_name(".profiles.parquet")
    with connect(places) as connection:
        connection.execute(f"""
            copy (
                select * from {read_parquet(places, profiles)}
                where profile_id in (select profile_id from {read_parquet(places, facts)})
                order by profile_id
            ) to {text(draft)} {as_parquet(places)}
        """)
    replace_file(places, draft, profiles)
