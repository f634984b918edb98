"""One writer at a time, and nobody else looks in: the lock of a warehouse, freed by the operating system when its holder dies."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from pipelines.errors import StamgastError
from pipelines.warehouse.places import Places


@contextmanager
def locked(places: Places) -> Iterator[None]:
    """Holds the lock, taken at once or not at all.

    Raises StamgastError: somebody else holds it.
    """
    places.root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(places.lock, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise StamgastError("another run is writing to this warehouse; wait until it has ended") from error
    try:
        yield
    finally:
        lock.release()


def keep_private(places: Places) -> None:
    """Opens the folders that hold data to nobody but the account the pipeline runs under; `published` is for its readers."""
    for folder in (places.raw, places.quarantine, places.ledger, places.build, places.dagster_home):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
