"""SQL that lies in a file of its own beside the module that runs it; read when it is first needed, not on import."""

from functools import cache
from pathlib import Path


@cache
def sql_beside(module: str, *names: str) -> str:
    """The text of these files in the folder of a module, one behind the other; `module` is its `__file__`."""
    return "".join((Path(module).parent / name).read_text(encoding="utf-8") for name in names)
