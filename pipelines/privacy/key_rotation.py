"""Changes the key of the warehouse, or encrypts a plain one: every file that holds data is written again.

Each file is replaced whole, and its own encryption shows whether it is done, so a rotation that was killed continues where
it stopped. Until it has ended the warehouse is closed: `ledger/rotating` is written first and removed last. The secret of
the hashes stays and is sealed again (see keys.py). `build` is removed: the next run makes it again.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.campaigns.ledger import ledger_locked
from pipelines.errors import StamgastError
from pipelines.landing.damage import replace_file
from pipelines.warehouse.database import (
    as_parquet,
    attach,
    parquet_key,
    read_parquet,
    settings_of,
    text,
    unlock,
)
from pipelines.warehouse.keys import Keys, is_plain, read_key_file, write_key
from pipelines.warehouse.locking import locked
from pipelines.warehouse.places import Places

_FORMER = "former"


@dataclass(frozen=True)
class Rotation:
    """What a rotation did. `files`: how many were written again now. `was_plain`: nothing was encrypted before."""

    files: int
    was_plain: bool


def rotate_key(places: Places, to: Path, progress: Callable[[str], None] = lambda _: None) -> Rotation:
    """Encrypts the warehouse with the key file `to`.

    `places` names its present key file, or none if it is not encrypted. `progress` receives the name of each folder.
    Raises StamgastError: another run or export is writing; a key file that cannot be read or is not the warehouse's; nothing is
    landed; the disk is full.
    """
    keys = read_key_file(to)
    with locked(places), ledger_locked(places):
        former, secret = _former(places, keys, to)
        if former == keys and not places.rotating.exists():
            raise StamgastError(f"{to} is the key of {places.root} already; give another")
        write_key(places.rotating, keys.seal(secret))
        under = Places(places.root, to, places.memory_limit)
        try:
            shutil.rmtree(places.build, ignore_errors=True)
            files = sum(_write_again(places, under, former, progress))
        except OSError as error:
            raise StamgastError(
                f"{places.root}: {os.strerror(error.errno or 0)}; make room and run stamgast privacy rotate-key again"
            ) from error
        write_key(places.sealed_key, keys.seal(secret))
        (places.plain_key).unlink(missing_ok=True)
        places.rotating.unlink()
    return Rotation(files, former is None)


def _former(places: Places, keys: Keys, to: Path) -> tuple[Keys | None, bytes]:
    """The present keys of the files, None if they are not encrypted, and the secret of the hashes."""
    mark, sealed = places.rotating, places.sealed_key
    if mark.exists() and keys.unseal(mark.read_bytes()) is None:
        raise StamgastError(f"{to} is not the key that the rotation under way began with; give that one")
    if not sealed.exists():
        plain = places.plain_key
        if not plain.exists() or not is_plain(places):
            raise StamgastError(
                f"{places.root}: nothing is landed there; name the key in STAMGAST_KEY_FILE before the first run"
            )
        return None, plain.read_bytes().strip()
    if places.key_file is None:
        raise StamgastError(f"{places.root} is encrypted; name the key file it has now in STAMGAST_KEY_FILE")
    former = read_key_file(places.key_file)
    # Killed between its last two steps, a rotation has already sealed with the new key.
    secret = former.unseal(sealed.read_bytes()) or (
        keys.unseal(sealed.read_bytes()) if mark.exists() else None
    )
    if secret is None:
        raise StamgastError(
            f"{places.key_file} is not the key of {places.root}; name the right one in STAMGAST_KEY_FILE"
        )
    return former, secret


def _write_again(
    places: Places, under: Places, former: Keys | None, progress: Callable[[str], None]
) -> Iterator[bool]:
    """Yields for each file whether it had to be written."""
    places.build.mkdir(mode=0o700, exist_ok=True)
    places.temp.mkdir(exist_ok=True)
    connection = duckdb.connect(config=settings_of(under))
    try:
        unlock(connection, under, closed=True)
        if former is not None:
            parquet_key(connection, _FORMER, former)
        for folder in (places.raw, places.quarantine, places.ledger):
            progress(folder.name)
            for path in sorted(folder.rglob("*.parquet")):
                if path.name.startswith("."):
                    path.unlink()  # a draft of what was killed
                    continue
                yield _parquet(connection, under, former, path)
        for version in sorted(path for path in places.published.glob("[!.]*") if path.is_dir()):
            progress(f"version {version.name}")
            with _writable(version):
                for path in sorted(version.glob("*.duckdb")):
                    yield _database(connection, places, under, path)
    finally:
        connection.close()


def _opens(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    try:
        connection.execute(sql).fetchall()
    except (duckdb.InvalidInputException, duckdb.CatalogException):
        return False
    return True


def _parquet(connection: duckdb.DuckDBPyConnection, under: Places, former: Keys | None, path: Path) -> bool:
    if _opens(connection, f"select 1 from {read_parquet(under, path)} limit 1"):
        return False
    source = f"read_parquet({text(path)})"
    if former is not None:
        source = f"read_parquet({text(path)}, encryption_config = {{footer_key: '{_FORMER}'}})"
    draft = path.with_name(f".{path.name}")
    connection.execute(f"copy (from {source}) to {text(draft)} {as_parquet(under)}")
    shutil.copymode(path, draft)
    replace_file(under, draft, path)
    return True


def _database(connection: duckdb.DuckDBPyConnection, places: Places, under: Places, path: Path) -> bool:
    try:
        attach(connection, under, path, "written", read_only=True, closed=True)
    except (duckdb.InvalidInputException, duckdb.CatalogException):
        pass
    else:
        connection.execute("detach written")
        return False
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    draft.with_name(f"{draft.name}.wal").unlink(missing_ok=True)
    attach(connection, places, path, "held", read_only=True, closed=True)
    attach(connection, under, draft, "written", closed=True, key_of=path.name)
    connection.execute("copy from database held to written")
    connection.execute("detach held; detach written")
    shutil.copymode(path, draft)
    draft.replace(path)
    return True


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """Published versions are write-protected."""
    mode = folder.stat().st_mode
    folder.chmod(0o700)
    try:
        yield
    finally:
        folder.chmod(mode)
