"""The lock of a warehouse, for one writer at a time; the operating system frees it when its holder dies."""

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
    """Makes the folders that hold data accessible to the account of the pipeline alone (0700); `published` stays open."""
    for folder in (places.raw, places.quarantine, places.ledger, places.build, places.dagster_home):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
