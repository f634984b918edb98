"""What the build of certain inputs has passed: only what passed all of it is published."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from pipelines.errors import StamgastError
from pipelines.expectations.kept import table_rules_file
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.places import Places

AUDITS = ("built", "invariants", "suites")


def stamp(places: Places, audit: str, inputs: str) -> None:
    """Notes that the build of these inputs was begun, or passed an audit."""
    (places.audits).mkdir(parents=True, exist_ok=True)
    write_atomically(places.audits / audit, inputs)


def forget_audits(places: Places, tables: Iterable[str], is_new: bool = False) -> None:
    """These tables (marts.customer_360, ...) are about to change: what they and the whole passed before counts no longer.

    `is_new`: nor does what the build is made of.
    """
    for audit in AUDITS if is_new else AUDITS[1:]:
        (places.audits / audit).unlink(missing_ok=True)
    for table in tables:
        table_rules_file(places, table).unlink(missing_ok=True)


def refuse_unaudited(places: Places, inputs: str) -> None:
    """Raises StamgastError: the build is of other inputs, or has not passed every audit."""
    for audit in AUDITS:
        path = places.audits / audit
        if not path.exists() or path.read_text("utf-8") != inputs:
            what = "was not made of what is landed now" if audit == "built" else f"has not passed its {audit}"
            raise StamgastError(
                f"the build {what}, so it is not published; run the whole of it: stamgast run"
            )


def empty_data_docs(places: Places) -> Path:
    """Where the pages about the build go, to be published with it; nothing is left of those before."""
    folder = places.data_docs
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder
