"""Removes files and folders, write-protected ones too, as published versions are."""

import shutil
from pathlib import Path


def remove(path: Path) -> None:
    """Removes a file, a link or a whole folder; what is not there is no error."""
    if path.is_dir() and not path.is_symlink():
        for folder in (path, *(inner for inner in path.rglob("*") if inner.is_dir())):
            folder.chmod(0o755)
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
