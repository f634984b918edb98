"""A copy of a warehouse by links: what is landed and decided, nothing derived, so that another day can be built beside."""

import errno
import os
import shutil
from datetime import date
from pathlib import Path

from pipelines.errors import StamgastError
from pipelines.landing.loads import read_loads, refuse_unknown_day
from pipelines.warehouse.places import Places


def copy_warehouse(places: Places, to: Places, day: date) -> None:
    """Gives `to`, to be built as of `day`, the raw layer, the quarantine and the ledger of a warehouse; no byte is copied where a link will do.

    Files of loads and histories are never written twice, only replaced by a rename, so whatever is done in the copy
    leaves the warehouse alone. A copy keeps what is erased from the warehouse later, as any backup does.
    Raises StamgastError: nothing is landed there, or was by that day; the folder is in use, the disk is full.
    """
    if not places.raw.is_dir():
        raise StamgastError(f"{places.root}: nothing is landed there, so there is nothing to copy")
    if to.root.exists() and any(to.root.iterdir()):
        raise StamgastError(f"{to.root}: is in use; give a folder that is empty or not there")
    refuse_unknown_day(read_loads(places), day)
    try:
        for folder in (places.raw, places.quarantine, places.ledger):
            for path in sorted(folder.rglob("*")):
                # What begins with a dot is a draft of a run under way.
                if path.is_file() and not path.name.startswith("."):
                    _link(path, to.root / path.relative_to(places.root))
    except OSError as error:
        raise StamgastError(f"{to.root}: {os.strerror(error.errno or 0)}; make room and try again") from error


def _link(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        try:
            os.link(path, target)
            return
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK):
                raise
    shutil.copy2(path, target)
