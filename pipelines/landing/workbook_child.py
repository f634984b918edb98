"""Reads one sheet of a workbook in a process of its own, run as a script, so that a hostile file can end nothing but this.

Arguments: the workbook, the sheet ("" for the first), memory in bytes, seconds of processor time. Standard output: pickled
batches of (row of the sheet from 1, its cells), rows without any cell left out. Exit 3: no such sheet; 4: no workbook; 6: no
sheet is named and several have rows, whose pickled names are the output.
Imports nothing of Stamgast: it starts in a tenth of a second.
"""

import pickle
import resource
import sys
from zipfile import BadZipFile

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

NO_SHEET, NO_WORKBOOK, TOO_LARGE, SHEETS = 3, 4, 5, 6
BATCH = 1_000


def _main(path: str, wanted: str, memory: int, seconds: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with CalamineWorkbook.from_path(path) as book:
            if wanted and wanted not in book.sheet_names:
                return NO_SHEET
            if not wanted:
                sheets = [
                    sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet
                ]
                filled = [
                    name for name in sheets if len(sheets) > 1 and book.get_sheet_by_name(name).total_height
                ]
                if len(filled) > 1:
                    pickle.dump(filled, sys.stdout.buffer)
                    return SHEETS
                wanted = (filled or sheets)[0]
            sheet = book.get_sheet_by_name(wanted)
            # Rows are counted from the first of the sheet, cells from the first column that holds any.
            before = sheet.start[1] if sheet.start is not None else 0
            batch = []
            for number, cells in enumerate(sheet.iter_rows(), 1):
                if any(cell not in ("", None) for cell in cells):
                    batch.append((number, [""] * before + cells))
                if len(batch) == BATCH:
                    pickle.dump(batch, sys.stdout.buffer)
                    batch = []
            pickle.dump(batch, sys.stdout.buffer)
    except (CalamineError, BadZipFile, OSError, IndexError):
        return NO_WORKBOOK
    except MemoryError:
        return TOO_LARGE
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
