"""Files written whole or not at all, and removed, write-protected ones too, as published versions are."""

import os
import shutil
from pathlib import Path


def write_atomically(path: Path, content: str) -> None:
    """Writes the file whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.rename(path)


def remove(path: Path) -> None:
    """Removes a file, a link or a whole folder; what is not there is no error."""
    if path.is_dir() and not path.is_symlink():
        for folder in (path, *(inner for inner in path.rglob("*") if inner.is_dir())):
            folder.chmod(0o755)
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
