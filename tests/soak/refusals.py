"""Twenty thousand refusals with mistakes, through whole runs and exports: what befalls a load, a contract or a run loses none.

A batch is a company of two thousand cases of tests/permission. On the first day everybody grants and is published; on the
second they refuse, with mistakes, in files of which some are held, then released or dropped; one contract is renamed, taken out,
retired or given another key, and one thing happens to the runs. Then audiences are exported: nobody who refused may be in one.
"""

import argparse
import csv
import itertools
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from pipelines.landing.loads import Load, read_loads
from pipelines.settings import PROJECT
from pipelines.warehouse.places import Places
from tests.permission.cases import make_cases
from tests.permission.company import Company, Slot
from tests.permission.delivered import Row
from tests.permission.drafts import USES, Case, Draft, add_cases
from tests.permission.feeds import FEEDS, WHO, contract
from tests.permission.fillers import add_fillers
from tests.permission.histories import DAYS
from tests.permission.normal_forms import address_of, email_of, phone_of
from tests.soak.company import PUBLISHED, kill

# Whoever is in the panel is a member of this segment, so that an export is of everybody.
SEGMENT = "contest_entrants_without_order"
PANEL = contract("panel", "form_submissions", {"id": "record_key", "form": "form_type"} | WHO)
EXPORTS = (
    ("email", "newsletter"),
    ("email", "offers"),
    ("sms", "offers"),
    ("phone", "offers"),
    ("post", "offers"),
)
CONTRACT_FATES = ("as it was", "renamed", "removed", "retired", "key changed")
RUN_FATES = ("as it was", "rolled back", "earlier as_of", "killed", "erased neighbour", "merged", "split")
# Feeds that grant nothing in the cases, so that their contract can be taken away without silencing anybody.
_REFUSING = ("mailings", "suppressions", "blocklist")
_AHEAD = "2026-12-01T10:00:00Z"


class Broken(Exception):
    """A command ended otherwise than it should."""


@dataclass
class Batch:
    """One company with its cases."""

    root: Path
    cases: list[Case]
    chance: random.Random
    done: list[str] = field(default_factory=list)
    retired: str = ""

    @property
    def places(self) -> Places:
        """The places of its warehouse."""
        return Places(self.root / "warehouse")

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`stamgast` with these arguments, on this company."""
        if arguments[0] != "rollback":
            arguments += ("--sources", str(self.root / "sources"))
        return subprocess.run(
            [sys.executable, "-m", "pipelines.cli", *arguments, "--warehouse", str(self.root / "warehouse")],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )

    def must(self, codes: tuple[int, ...], *arguments: str) -> str:
        """Runs a command that has to end with one of these codes; what it said.

        Raises Broken: it ended otherwise.
        """
        ended = self.command(*arguments)
        if ended.returncode not in codes:
            said = (ended.stdout + ended.stderr).strip()[-1500:]
            raise Broken(f"{' '.join(arguments)}: exit {ended.returncode} instead of {codes}: {said}")
        return ended.stdout + ended.stderr

    def run(self, day: date, codes: tuple[int, ...] = PUBLISHED) -> str:
        """A whole run."""
        return self.must(codes, "run", "--as-of", day.isoformat())

    def loads(self) -> list[Load]:
        """All loads."""
        return read_loads(self.places)


def prepare(folder: Path, cases: list[Case], chance: random.Random) -> Batch:
    """Contracts and the files of all days, in folders of their own; the first day's are delivered."""
    feeds = {draft.feed for case in cases for _, draft in case.rows}
    company = Company({feed: dict(FEEDS[feed]) for feed in sorted(feeds)} | {"panel": dict(PANEL)})
    for case in cases:
        for _, draft in case.rows:
            # A day of clean grants, so that all of them are believed; those with mistakes come with the refusals.
            draft.day = DAYS[1] if case.is_grant and draft.day == DAYS[0] else draft.day
    add_cases(company, cases)
    for number, case in enumerate(cases):
        for place, (who, draft) in enumerate(_first_of_each(case)):
            _join_panel(company, number, place, who, draft)
    add_fillers(company, 900_000)
    _make_unbelievable(company)
    company.write(folder / "sources", chance)
    shutil.copytree(PROJECT / "sources" / "policies", folder / "sources" / "policies")
    (folder / "sources" / "policies" / "frequency_caps.csv").unlink()
    for file in company.files:
        path = folder / "days" / file.day.isoformat() / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(company.content(file))
    return Batch(folder, cases, chance)


def _first_of_each(case: Case) -> Iterator[tuple[str, Draft]]:
    seen = set()
    for who, draft in case.rows:
        if who not in seen:
            seen.add(who)
            yield who, draft


def _join_panel(company: Company, number: int, place: int, who: str, draft: Draft) -> None:
    """An entry of a contest with the identifiers of the person's first row: it says nothing of permission."""
    cells = {column: draft.cells.get(column, "") for column in (*WHO, "name")}
    given, _, family = cells.pop("name").partition(" ")
    cells |= {"given": cells["given"] or given, "family": cells["family"] or family, "form": "contest"}
    cells |= {"id": f"{number}-{place}", "at": "2026-06-01T10:00:00Z"}
    company.add(("panel", number, who), Row("panel", cells), Slot("panel", DAYS[0]))


def _make_unbelievable(company: Company) -> None:
    """Rows dated ahead in the files that are to be held: no rule on arrival lets so many pass."""
    for slot, rows in [*company.rows.items()]:
        if slot.fate == "accepted":
            continue
        for number in range(len(rows) + 20):
            cells = dict.fromkeys([*WHO, *rows[0][2].cells], "") | {
                "id": f"junk-{slot.name}-{number}",
                "at": _AHEAD,
            }
            cells |= {
                "mail": f"junk{number}@junk.example",
                "country": "NL",
                "reason": "own_request",
                "event": "send",
            }
            cells |= {"action": "grant", "purpose": "offers", "channel": "email"}
            company.add("junk", Row(slot.feed, cells), slot)


def deliver(batch: Batch, day: date) -> None:
    """Lays the files of a day out."""
    waiting = batch.root / "days" / day.isoformat()
    if waiting.exists():
        shutil.copytree(waiting, batch.root / "sources", dirs_exist_ok=True)


def turn_away_late_files(batch: Batch) -> None:
    """What the source of a retired feed goes on delivering is never landed: no audience may be exported until it is away."""
    late = [*(batch.root / "sources" / "files" / batch.retired).glob(f"{DAYS[2]:%m%d}*")]
    if not batch.retired or not late:
        return
    said = batch.must((2,), *_export_arguments("email", "newsletter", batch.root / "late.csv", DAYS[2]))
    if f"{batch.retired}: is retired" not in said:
        raise Broken(f"files of {batch.retired}, which is retired, stopped no export: {said[-500:]}")
    for folder in late:
        shutil.rmtree(folder)


def settle_loads(batch: Batch) -> None:
    """Releases and drops what was held, as the names of the files say; whatever else was held goes either way."""
    for load in batch.loads():
        if load.status != "held":
            continue
        fate = next((word for word in ("held", "dropped", "released") if f"_{word}/" in load.file), "")
        fate = fate or batch.chance.choice(("held", "dropped", "released"))
        if fate != "held":
            batch.must((0,), "loads", {"dropped": "drop", "released": "release"}[fate], str(load.load_number))
    acknowledge(batch)


def acknowledge(batch: Batch) -> None:
    """Acknowledges the refusals without a readable identifier, which would keep an audience from being exported."""
    for load in batch.loads():
        if getattr(load, "refusals_unreadable", 0) and not getattr(load, "acknowledged", False):
            batch.must((0,), "loads", "acknowledge", str(load.load_number))


def change_contract(batch: Batch, fate: str) -> None:
    """One contract of a feed that refuses is changed after its refusals were landed; where it is gone nothing goes on."""
    if fate == "as it was":
        return
    sources = batch.root / "sources"
    landed = {load.feed for load in batch.loads()}
    feed = batch.chance.choice([feed for feed in _REFUSING if feed in landed])
    path = sources / f"{feed}.yml"
    given = yaml.safe_load(path.read_text("utf-8"))
    batch.done.append(f"{feed} {fate}")
    batch.retired = "" if fate == "key changed" else feed
    if fate == "retired":
        _write(path, given | {"retired": True})
        return
    if fate == "key changed":
        changed = {"key": ["id", "at"], "columns": {k: v for k, v in given["columns"].items() if k != "id"}}
        _write(path, given | changed)
        return
    path.unlink()
    if fate == "renamed":
        renamed = given | {"feed": f"{feed}_new"}
        renamed["files"] = given["files"] | {"glob": f"files/{feed}_new/**/*.csv"}
        if given.get("snapshot_date"):
            renamed["snapshot_date"] = {"filename": f"{feed}_new_%Y%m%d.csv"}
        _write(sources / f"{feed}_new.yml", renamed)
    # Neither a run nor an export goes on while the loads of a feed have no contract.
    said = batch.run(DAYS[2], codes=(2,))
    if feed not in said:
        raise Broken(f"a run without the contract of {feed} does not name it: {said[-500:]}")
    batch.must((2,), *_export_arguments("email", "newsletter", batch.root / "refused.csv", DAYS[2]))
    _write(path, given | {"retired": True})


def _write(path: Path, given: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(given, sort_keys=False, allow_unicode=True), encoding="utf-8")


def befall_run(batch: Batch, fate: str) -> date:
    """Makes the last run, with what befalls it; the day to export on."""
    batch.done.append(fate)
    day = DAYS[2]
    if fate in ("merged", "split"):
        _override(batch, "same" if fate == "merged" else "different")
    if batch.chance.random() < 0.5:
        batch.done.append("retried")
        for feed in sorted({load.feed for load in batch.loads() if load.rows_quarantined}):
            if (batch.root / "sources" / f"{feed}.yml").exists():
                batch.must((0,), "loads", "retry", feed)
    if fate == "killed":
        _run_and_kill(batch, day)
        if (
            batch.command(*_export_arguments("email", "newsletter", batch.root / "early.csv", day)).returncode
            != 2
        ):
            raise Broken("after a killed run, with files that were not landed, an audience was exported")
    batch.run(day)
    if fate == "erased neighbour":
        strangers = [
            draft for case in batch.cases for who, draft in case.rows if who in ("stranger", "bystander")
        ]
        for draft in batch.chance.sample(strangers, min(5, len(strangers))):
            name = f"{draft.cells['given']} {draft.cells['family']}"
            batch.command(
                "privacy", "erase", "--email", draft.cells["mail"], "--name", name, "--as-of", day.isoformat()
            )
        batch.must((*PUBLISHED,), "run", "--as-of", day.isoformat(), "--force")
    if fate == "rolled back":
        batch.must((0,), "rollback")
    acknowledge(batch)
    return DAYS[1] if fate == "earlier as_of" else day


def _override(batch: Batch, decision: str) -> None:
    """Some neighbours become one person, or some people two, by the word of the company."""
    profiles = sorted(
        {
            number
            for load in batch.loads()
            for number in (load.first_profile_id, load.last_profile_id)
            if number
        }
    )
    pairs = [pair for pair in itertools.pairwise(profiles)][:6]
    lines = ["decision,left_profile_id,right_profile_id,author,reason,date"]
    lines += [f"{decision},{left},{right},soak,soak,{DAYS[1]}" for left, right in pairs]
    (batch.root / "sources" / "overrides").mkdir(exist_ok=True)
    (batch.root / "sources" / "overrides" / "identity.csv").write_text(
        "\n".join(lines) + "\n", encoding="utf-8"
    )


def _run_and_kill(batch: Batch, day: date) -> None:
    """Kills a run where a load has written its refusals and is not committed; where none is met, soon after landing began."""
    arguments = ["run", "--as-of", day.isoformat(), "--sources", str(batch.root / "sources")]
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", *arguments, "--warehouse", str(batch.root / "warehouse")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    before = len(batch.loads())
    while process.poll() is None:
        folders = {path.parent for path in batch.places.raw.glob("*/*/*/refusals.parquet")}
        if any(not (folder / "_load.json").exists() for folder in folders) and batch.chance.random() < 0.5:
            break
        if len([*batch.places.raw.glob("*/*/*/_load.json")]) > before + 2:
            break
        time.sleep(0.001)
    batch.done.append("half-way" if kill(process) else "ended before")


def _export_arguments(channel: str, purpose: str, out: Path, day: date) -> tuple[str, ...]:
    options = ("--channel", channel, "--purpose", purpose, "--out", str(out), "--as-of", day.isoformat())
    return ("audience", "export", SEGMENT, *options)


def exported(batch: Batch, day: date) -> dict[tuple[str, str], set[tuple[object, str]]]:
    """(channel, purpose) -> (contact point, family name) of all in the audience.

    An export that is refused for another reason than a fate of this batch is made although it is, with the reason named.
    """
    found: dict[tuple[str, str], set[tuple[object, str]]] = {}
    for channel, purpose in EXPORTS:
        out = batch.root / f"{channel}_{purpose}.csv"
        out.unlink(missing_ok=True)
        arguments = _export_arguments(channel, purpose, out, day)
        if batch.command(*arguments).returncode == 2:
            batch.done.append(f"{channel} although")
            batch.must((0,), *arguments, "--although", "soak")
        with out.open(encoding="utf-8", newline="") as stream:
            found[channel, purpose] = {
                (_point(row), row["family_name"] or "") for row in csv.DictReader(stream)
            }
    return found


def _point(row: dict[str, str]) -> object:
    if "email" in row:
        return email_of(row["email"])
    if "phone" in row:
        return phone_of(row["phone"].lstrip("'"), None)
    address = address_of(row["street"], row["house_number"], row["postcode"], row["city"], row["country"])
    return address and address.point


def _point_of(draft: Draft, identifier: str) -> object:
    cells = draft.cells
    if identifier == "mail":
        return email_of(cells["mail"])
    if identifier == "tel":
        return phone_of(cells["tel"], cells["country"])
    address = address_of(*(cells[part] for part in ("street", "house", "zip", "city", "country")))
    return address and address.point


def lost(batch: Batch, found: dict[tuple[str, str], set[tuple[object, str]]]) -> Iterator[tuple[int, str]]:
    """What was exported and had been refused, each with the number of its case."""
    for number, case in enumerate(batch.cases):
        if any(draft.feed == batch.retired and draft.day == DAYS[2] for draft in case.refusals):
            continue
        granting = [draft for who, draft in case.rows if who == "person" and draft not in case.refusals]
        for refused in case.refused:
            people = found.get((refused.channel, refused.purpose), set())
            identifiers = (refused.identifier,) if refused.identifier else USES[refused.channel]
            drafts = (
                granting if refused.who == "person" else [d for who, d in case.rows if who == refused.who]
            )
            points = {_point_of(draft, one) for draft in drafts for one in identifiers} - {None}
            for point, family in people:
                is_stranger = family == "Stranger"
                if point in points and is_stranger == (refused.who == "stranger"):
                    yield number, f"{case.name}: {refused}"


def _silenced(batch: Batch, found: dict[tuple[str, str], set[tuple[object, str]]]) -> int:
    """How many bystanders, who refused nothing, are in no audience."""
    points = {point for point, _ in found["email", "newsletter"]}
    return sum(
        email_of(draft.cells["mail"]) not in points
        for case in batch.cases
        for who, draft in case.rows
        if who == "bystander"
    )


def soak_batch(folder: Path, number: int, size: int, seed: int) -> tuple[list[str], Counter[str], Batch]:
    """One batch from the first day to the export; what was lost, and what was counted on the way.

    Raises Broken: a command ended otherwise than it should.
    """
    chance = random.Random(f"{seed}-{number}")
    batch = prepare(folder, make_cases(seed * 1000 + number, size, 1), chance)
    counts: Counter[str] = Counter()
    deliver(batch, DAYS[0])
    batch.run(DAYS[0])
    before = exported(batch, DAYS[0])
    counts["refused"] = sum(bool(case.refused) for case in batch.cases)
    counts["of them exported before"] = len({number for number, _ in lost(batch, before)})
    deliver(batch, DAYS[1])
    batch.run(DAYS[1])
    settle_loads(batch)
    change_contract(batch, CONTRACT_FATES[number % len(CONTRACT_FATES)])
    deliver(batch, DAYS[2])
    turn_away_late_files(batch)
    day = befall_run(batch, RUN_FATES[number % len(RUN_FATES)])
    settle_loads(batch)
    found = exported(batch, day)
    counts["silenced"] = _silenced(batch, found)
    return [said for _, said in lost(batch, found)], counts, batch


def main() -> int:
    """Exit 0: nobody who refused was exported; 1: somebody was, or a command ended otherwise than it should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=2_000)
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first batch: it decides the fates"
    )
    parser.add_argument("--seed", type=int, default=17)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="stamgast_refusals_"))
    failed = total = 0
    for number in range(asked.first, asked.first + -(-asked.cases // asked.batch)):
        place = folder / f"batch_{number}"
        try:
            wrong, counts, batch = soak_batch(place, number, asked.batch, asked.seed)
        except Broken as error:
            failed += 1
            print(f"{number:3d}  {error}", flush=True)
            continue
        total += asked.batch
        failed += len(wrong)
        said = ", ".join(f"{count:,} {word}" for word, count in counts.items())
        print(f"{number:3d}  {'; '.join(batch.done)}: {said}, {len(wrong)} lost", flush=True)
        for line in wrong[:5]:
            print(f"     {line}", flush=True)
        if not wrong:
            for path in place.glob("warehouse/published/*"):
                path.chmod(0o755)
            shutil.rmtree(place)
    print(f"{total:,} cases, {failed} lost or broken")
    if failed:
        print(f"what went wrong is kept in {folder}")
    else:
        shutil.rmtree(folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
