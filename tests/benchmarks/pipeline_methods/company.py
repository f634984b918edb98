"""A simulated company of a size, and what its runs read: all of it, none of it, its next day."""

import shutil
from datetime import date, timedelta
from pathlib import Path

from pipelines.simulator import simulate

AS_OF = date(2026, 6, 30)
NEXT_DAY = AS_OF + timedelta(days=1)


def company_of(folder: Path | None, people: int, seed: int, scratch: Path) -> Path:
    """The folder of a company with sources and days: the one given, or a new one."""
    if folder is not None:
        return folder
    made = scratch / f"company_{people}"
    if not (made / "sources").exists():
        simulate(people, seed, made, as_of=AS_OF, days=1)
    return made


def people_of(company: Path) -> int:
    """How many people the README of a company says it has."""
    line = (company / "README.md").read_text(encoding="utf-8").splitlines()[2]
    return int(line.split(" ")[0].replace(",", ""))


def _without_files(company: Path, scratch: Path) -> Path:
    shutil.copytree(company / "sources", scratch, ignore=shutil.ignore_patterns("files"))
    return scratch


def sources_of_nobody(company: Path, scratch: Path) -> Path:
    """The contracts and policies of a company that delivers nothing, and need not: a required feed would block."""
    sources = _without_files(company, scratch)
    for contract in sources.glob("*.yml"):
        text = contract.read_text(encoding="utf-8")
        contract.write_text(text.replace("required: true", "required: false"), encoding="utf-8")
    return sources


def sources_by_links(company: Path, scratch: Path) -> Path:
    """The sources of a company, their files by links, so that the next day can be laid beside them."""
    _without_files(company, scratch)
    _link(company / "sources" / "files", scratch / "files")
    return scratch


def deliver_next_day(company: Path, sources: Path) -> None:
    """Lays the files of the day after the history beside the others."""
    _link(company / "days" / NEXT_DAY.isoformat() / "files", sources / "files")


def _link(files: Path, target: Path) -> None:
    for path in files.rglob("*"):
        if path.is_file():
            link = target / path.relative_to(files)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.resolve())
