"""Kills runs at random moments and fills their disk: readers keep a whole version, and the next run ends as if undisturbed."""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.company import PUBLISHED, SECOND_DAY, Prepared, differences, kill, last_step, prepare


def crash_once(prepared: Prepared, folder: Path, chance: random.Random) -> tuple[str, list[str]]:
    """One company killed at a random moment, in one of three also while it recovers, then run to its end.

    Returns what was done and what was found wrong.
    """
    company = prepared.waiting.copy(folder / "crashed")
    whole = {prepared.waiting.answer(), prepared.undisturbed.answer()}
    done, wrong = [], []
    for _ in range(2 if chance.random() < 1 / 3 else 1):
        moment = chance.uniform(0.5, prepared.seconds)
        log = folder / "killed.log"
        process = company.start(SECOND_DAY, log)
        time.sleep(moment)
        if not kill(process):
            done.append(f"ended within {moment:.1f} s")
            break
        done.append(f"killed at {moment:.1f} s after {last_step(log)}")
        if company.answer() not in whole:
            wrong.append(f"readers see neither the old nor the new version: {company.answer()}")
    code = company.run(SECOND_DAY, folder / "recovered.log")
    if code not in PUBLISHED:
        wrong.append(f"the next run ended with exit {code}; its log is {folder / 'recovered.log'}")
        return "; ".join(done), wrong
    wrong += differences(prepared.undisturbed, company)
    drafts = [path.name for path in (company.warehouse / "published").iterdir() if path.name.startswith(".")]
    if drafts:
        wrong.append(f"half a version is left: {', '.join(drafts)}")
    return "; ".join(done), wrong


def fill_disk(prepared: Prepared, folder: Path, spare_megabytes: int) -> tuple[str, list[str]]:
    """The company on a disk of its own with so much room left; then the disk grows and the run is made again.

    Raises RuntimeError: this machine does not let us mount a tmpfs; run it as root or in a user namespace.
    """
    disk = folder / "disk"
    disk.mkdir(exist_ok=True)
    used = sum(path.stat().st_size for path in prepared.waiting.root.rglob("*") if path.is_file())
    size = used + (spare_megabytes + 4) * 1_000_000
    _mount(["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)])
    try:
        company = prepared.waiting.copy(disk / "company")
        before, wrong = company.answer(), []
        log = folder / "full.log"
        code = company.run(SECOND_DAY, log)
        said = log.read_text("utf-8", errors="replace")
        done = f"{spare_megabytes} MB left: exit {code} after {last_step(log)}"
        if code not in PUBLISHED:
            if "disk" not in said or "Traceback" in said:
                wrong.append(f"the run does not say in a sentence that the disk is full; its log is {log}")
            if company.answer() != before:
                wrong.append("readers no longer see the version before")
        _mount(["-o", f"remount,size={size + 4_000_000_000}", str(disk)])
        code = company.run(SECOND_DAY, folder / "recovered.log")
        if code not in PUBLISHED:
            return done, [*wrong, f"with room again the run ended with exit {code}"]
        return done, wrong + differences(prepared.undisturbed, company)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


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
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=11)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="stamgast_soak_") as name:
        folder = Path(name)
        prepared = prepare(folder / "company", asked.people, asked.seed)
        print(f"an undisturbed run takes {prepared.seconds:.0f} s", flush=True)
        for number in range(1, asked.kills + asked.disks + 1):
            if number <= asked.kills:
                done, wrong = crash_once(prepared, folder, chance)
            else:
                done, wrong = fill_disk(prepared, folder, chance.randint(0, 60))
            failed += bool(wrong)
            print(f"{number:4d}  {done}: {'; '.join(wrong) or 'as if undisturbed'}", flush=True)
    print(f"{asked.kills} kills, {asked.disks} full disks, {failed} with something wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
