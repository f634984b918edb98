"""The rooms of pipelines/ in their order: an upper one may import a lower one, never the reverse."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.settings import PROJECT

# From the top to the bottom, each with what belongs into it; those of one floor do not look into each other.
FLOORS: tuple[dict[str, str], ...] = (
    {"cli": "reads words, calls one function, prints"},
    {"orchestration": "runs the job, in this process, on a copy or as of an earlier day"},
    {"definitions": "what Dagster finds", "defs": "assets, checks, jobs, schedules, sensors", "resources": "what assets ask for"},
    {"privacy": "access, erasure, retention, register, receipts, rotation"},
    {"serving": "what people ask: cards, reasons, explanations, the review queue"},
    {"campaigns": "audiences and their ledger"},
    {"dbt": "running dbt, the parsed project, variables, build state, column lineage, segments"},
    {"publishing": "versions, what they are made of, audits, the switch"},
    {"identity": "profiles in; people, companies and households out"},
    {"expectations": "suites, and the check of a load"},
    {"landing": "from a delivered file to a committed load"},
    {"simulator": "the company that knows the truth"},
    {"contracts": "kinds, contracts, policies"},
    {"normalising": "one form of every identifier"},
    {"settings": "what the user may set"},
    {"warehouse": "places, databases, keys, locking, atomic files"},
    {"yaml_files": "reading YAML"},
    {"errors": "errors that a user is meant to read"},
)  # fmt: skip
_FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
_BELONGS = {room: what for rooms in FLOORS for room, what in rooms.items()}
# Definitions, assets and their resource are one room in three places, where Dagster looks for them.
_ONE_ROOM = {"definitions", "defs", "resources"}
PIPELINES = PROJECT / "pipelines"


def _rooms() -> set[str]:
    return {
        path.stem for path in PIPELINES.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    } - {"__init__"}


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and module of every import of our own, also of those in functions."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (
                (node.lineno, alias.name) for alias in node.names if alias.name.startswith("pipelines.")
            )
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("pipelines"):
            names = (
                [node.module]
                if node.module != "pipelines"
                else [f"pipelines.{alias.name}" for alias in node.names]
            )
            yield from ((node.lineno, name) for name in names)


def test_every_room_has_its_floor() -> None:
    assert _rooms() == set(_FLOOR)


def test_at_most_seven_modules_lie_loose() -> None:
    assert len([path for path in PIPELINES.glob("*.py") if path.stem != "__init__"]) <= 7


@pytest.mark.parametrize("room", sorted(_FLOOR))
def test_no_room_imports_one_above_it(room: str) -> None:
    place = PIPELINES / room
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    upward = [
        f"{path.relative_to(PROJECT)}:{line} imports {module}, which lies above: {other} is for what {_BELONGS[other]!r} "
        f"says; move what {room} needs of it down, or this up"
        for path in files
        for line, module in _imports(path)
        if (other := module.split(".")[1]) != room
        and not {room, other} <= _ONE_ROOM
        and _FLOOR[other] <= _FLOOR[room]
    ]
    assert not upward, "\n".join(upward)
