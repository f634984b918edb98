"""Kills runs at random moments and fills their disk: readers keep a whole version, and the next run ends as if undisturbed."""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.forking import Fork, Forks
from tests.soak.company import PUBLISHED, SECOND_DAY, Company, differences, kill, last_step, prepare

# Step -> what Dagster is asked for. Where a step is asked for alone, all before it has been done: a kill in it costs
# no whole run. The runs that recover are whole ones.
STEPS: dict[str, list[str]] = {
    "landing": [],
    "dbt": [],
    "identity": ["--select", "group:identity"],
    "audit": ["--select", 'key:"audit/invariants"'],
    "publishing": ["--select", 'key:"published/*"'],
}
# The last step that is reported before a whole run is in the step no more.
_LAST_OF = {"landing": "index", "dbt": "identity_history"}


@dataclass(frozen=True)
class Soak:
    """A company in three states, the place where runs are forked for, and the CPU seconds of each step undisturbed."""

    waiting: Company  # new files lie there
    built: Company  # all but published
    undisturbed: Company  # published
    place: Path
    forks: Forks
    spans: dict[str, tuple[float, float]]
    folder: Path

    def fork(self, log: Path, *options: str) -> Fork:
        """A run of the company in the place."""
        return _fork(self.forks, Company(self.place), log, *options)

    def whole(self) -> set[tuple[object, ...] | None]:
        """What readers may see."""
        return {self.waiting.answer(), self.undisturbed.answer()}


def _fork(forks: Forks, company: Company, log: Path, *options: str) -> Fork:
    return forks.start(company.run_arguments(SECOND_DAY, *options), log)


def _until(fork: Fork, cpu_seconds: float) -> float:
    """Waits until the run has used so much; gives what it had used, less when it ended before."""
    used = 0.0
    while (now := fork.cpu_seconds) is not None and (used := now) < cpu_seconds:
        time.sleep(0.003)
    return used


def _watched(fork: Fork, log: Path) -> dict[str, float]:
    """Runs to its end; the CPU seconds used when each step of `_LAST_OF` had ended, and in all."""
    ended: dict[str, float] = {}
    while (now := fork.cpu_seconds) is not None:
        ended["end"] = now
        if (step := last_step(log)) not in ended:
            ended[step] = now
        time.sleep(0.02)
    if (code := fork.wait()) not in PUBLISHED:
        raise RuntimeError(f"an undisturbed run ended with exit {code}; its log is {log}")
    return ended


def begin(folder: Path, people: int, seed: int) -> Soak:
    """Prepares the companies and measures each step."""
    waiting = prepare(folder, people, seed)
    place = folder / "place"
    company = waiting.copy(place)
    forks = Forks((str(company.sources), str(company.warehouse), SECOND_DAY.isoformat()))
    log = folder / "measured.log"
    ended = _watched(_fork(forks, company, log, "--select", 'not key:"published/*"'), log)
    first, second = ended[_LAST_OF["landing"]], ended[_LAST_OF["dbt"]]
    spans = {"landing": (0.0, first), "dbt": (first, second)}
    built = company.copy(folder / "built")
    for step in ("identity", "audit", "publishing"):
        spans[step] = (0.0, _watched(_fork(forks, company, log, *STEPS[step]), log)["end"])
    return Soak(waiting, built, company.copy(folder / "undisturbed"), place, forks, spans, folder)


def crash_once(soak: Soak, chance: random.Random, again: float) -> tuple[list[str], list[str]]:
    """One company killed in one step, then perhaps while it recovers, then run to its end.

    `again`: the probability of one more kill after each. Returns what was killed where, and what was found wrong.
    """
    step = chance.choice(list(STEPS))
    company = (soak.built if STEPS[step] else soak.waiting).copy(soak.place)
    whole, done, wrong = soak.whole(), [], []
    while True:
        log = soak.folder / "killed.log"
        moment = chance.uniform(*soak.spans[step])
        fork = soak.fork(log, *STEPS[step])
        used = _until(fork, moment)
        where = f"{step} at {used:.2f} CPU s after {last_step(log)}"
        done.append(where if fork.kill() else f"{step}: ended before {moment:.2f} CPU s")
        if company.answer() not in whole:
            wrong.append(f"readers see neither the old nor the new version: {company.answer()}")
        if chance.random() >= again:
            break
        step = chance.choice(list(_LAST_OF))
    log = soak.folder / "recovered.log"
    return done, wrong + _recovered(soak, company, soak.fork(log).wait(), log)


def start_killed(soak: Soak, chance: random.Random) -> tuple[list[str], list[str]]:
    """A run that is not forked but started, killed while it still imports and parses or soon after."""
    company = soak.waiting.copy(soak.place)
    log = soak.folder / "killed.log"
    process = company.start(SECOND_DAY, log)
    moment = chance.uniform(0.5, 30)
    time.sleep(moment)
    done = f"started {moment:.1f} s ago, after {last_step(log)}" if kill(process) else "ended before"
    wrong = [] if company.answer() in soak.whole() else ["readers see neither version"]
    log = soak.folder / "recovered.log"
    return [done], wrong + _recovered(soak, company, soak.fork(log).wait(), log)


def _recovered(soak: Soak, company: Company, code: int, log: Path) -> list[str]:
    """What is wrong after the run that recovered."""
    if code not in PUBLISHED:
        kept = log.rename(log.with_name(f"recovered_{time.time():.0f}.log"))
        return [f"the next run ended with exit {code}; its log is {kept}"]
    drafts = [path.name for path in (company.warehouse / "published").glob(".*")]
    left = [f"half a version is left: {', '.join(drafts)}"] if drafts else []
    return left + differences(soak.undisturbed, company)


def fill_disk(soak: Soak, spare_megabytes: int) -> tuple[list[str], list[str]]:
    """The company on a disk of its own with so much room left; then the disk grows and the run is made again.

    Raises RuntimeError: this machine does not let us mount a tmpfs; run it as root or in a user namespace.
    """
    waiting = soak.waiting
    used = sum(path.stat().st_size for path in waiting.root.rglob("*") if path.is_file())
    size = used + (spare_megabytes + 4) * 1_000_000
    Company.empty(soak.place)
    _mount(["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(soak.place)])
    try:
        company = waiting.copy(soak.place)
        before, wrong = company.answer(), []
        log = soak.folder / "full.log"
        code = soak.fork(log).wait()
        said = log.read_text("utf-8", errors="replace")
        done = f"disk with {spare_megabytes} MB left: exit {code} after {last_step(log)}"
        if code not in PUBLISHED:
            if "disk" not in said or "Traceback" in said:
                kept = log.rename(log.with_name(f"full_{time.time():.0f}.log"))
                wrong.append(f"the run does not say in a sentence that the disk is full; its log is {kept}")
            if company.answer() != before:
                wrong.append("readers no longer see the version before")
        _mount(["-o", f"remount,size={size + 4_000_000_000}", str(soak.place)])
        log = soak.folder / "recovered.log"
        return [done], wrong + _recovered(soak, company, soak.fork(log).wait(), log)
    finally:
        subprocess.run(["umount", str(soak.place)], check=True)


def _mount(options: list[str]) -> None:
    mounted = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if mounted.returncode:
        raise RuntimeError(
            f"cannot mount a small disk ({mounted.stderr.strip()}); run as root, or: unshare -rm make soak"
        )


def main() -> int:
    """Exit 0: nothing was lost; 1: something was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--disks", type=int, default=6, help="how many sizes of disk to fill")
    parser.add_argument("--people", type=int, default=800)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument(
        "--again", type=float, default=0.5, help="probability of one more kill before a recovery"
    )
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    kills, disks, failed, number = 0, 0, 0, 0
    steps: Counter[str] = Counter()
    folder = Path(tempfile.mkdtemp(prefix="stamgast_soak_"))
    soak = begin(folder, asked.people, asked.seed)
    try:
        spans = ", ".join(f"{step} {end - start:.1f}" for step, (start, end) in soak.spans.items())
        print(f"CPU seconds undisturbed, without start-up: {spans}", flush=True)
        while kills < asked.kills or disks < asked.disks:
            number += 1
            # One disk after so many kills, one started process among twenty kills.
            if disks * asked.kills < kills * asked.disks or kills >= asked.kills:
                done, wrong = fill_disk(soak, chance.randint(0, 60))
                disks += 1
            else:
                done, wrong = (
                    start_killed(soak, chance) if number % 20 == 1 else crash_once(soak, chance, asked.again)
                )
                killed = [what for what in done if "ended before" not in what]
                kills += len(killed)
                steps.update(what.split()[0] for what in killed)
            failed += bool(wrong)
            print(f"{kills:4d}  {'; '.join(done)}: {'; '.join(wrong) or 'as if undisturbed'}", flush=True)
    finally:
        soak.forks.stop()
    by_step = ", ".join(f"{count} {step}" for step, count in sorted(steps.items()))
    print(f"{kills} kills ({by_step}), {disks} full disks, {failed} with something wrong")
    if failed:
        print(f"the logs of what went wrong are kept in {folder}")
    else:
        for company in (soak.built, Company(soak.place), soak.waiting, soak.undisturbed):
            Company.empty(company.root)
        shutil.rmtree(folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
