"""The rows of one sheet of an Excel workbook, read in a process with limits of its own."""

import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile, is_zipfile

from pipelines.landing.refused_file import RefusedFile
from pipelines.landing.workbook_child import BATCH, NO_SHEET, NO_WORKBOOK, SHEETS

# 2 GB hold 60 million cells; a workbook with one cell in the last row and column asks for 550 GB.
_MEMORY_BYTES = 2 << 30
_UNPACKED_BYTES = 4 << 30
_CPU_SECONDS = 300
_CHILD = Path(__file__).with_name("workbook_child.py")


def read_sheet(path: Path, sheet: str | None, scratch: Path) -> Iterator[tuple[int, list[object]]]:
    """Yields the rows of a sheet (None: the only one with rows) that hold a cell: number in the sheet, from 1, and cells from column A on.

    Raises RefusedFile: no workbook, no such sheet, or one that needs more memory or time than any real one.
    """
    _refuse_bomb(path)
    rows = scratch / "sheet.pickle"
    with rows.open("wb") as out:
        # -I: this folder has a statistics.py, which would stand for Python's own.
        command = [
            sys.executable,
            "-I",
            str(_CHILD),
            str(path),
            sheet or "",
            str(_MEMORY_BYTES),
            str(_CPU_SECONDS),
        ]
        try:
            code = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
                timeout=2 * _CPU_SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise RefusedFile(_TOO_LARGE) from error
    if code == NO_SHEET:
        raise RefusedFile(
            f"the workbook has no sheet {sheet}; correct files: sheet in the contract or the file"
        )
    if code == SHEETS:
        named = ", ".join(pickle.loads(rows.read_bytes()))
        raise RefusedFile(
            f"several sheets of the workbook have rows ({named}); name one in files.sheet of the contract, and deliver the others, "
            "if they are data, as workbooks of their own"
        )
    if code == NO_WORKBOOK:
        raise RefusedFile("the file cannot be read as an Excel workbook; have it delivered again")
    if code != 0:
        raise RefusedFile(_TOO_LARGE)
    with rows.open("rb") as stream:
        while batch := pickle.load(stream):
            yield from batch
            if len(batch) < BATCH:
                return


_TOO_LARGE = (
    f"the sheet needs more than {_MEMORY_BYTES >> 30} GB of memory or {_CPU_SECONDS // 60} minutes; look for a lone cell far from "
    "the others, delete the rows and columns around it, and deliver the file again"
)


def _refuse_bomb(path: Path) -> None:
    try:
        if not is_zipfile(path):
            return
        with ZipFile(path) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise RefusedFile("the file cannot be read as an Excel workbook; have it delivered again") from error
    if size > _UNPACKED_BYTES:
        raise RefusedFile(
            f"the workbook unpacks to {size / 1e9:,.0f} GB, more than {_UNPACKED_BYTES >> 30}; deliver it in parts, or as CSV"
        )
