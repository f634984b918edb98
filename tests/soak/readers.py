"""Readers query the published files all through two runs: no lock, no torn answer, each answer from one version."""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.soak.company import PUBLISHED, SECOND_DAY, Company, prepare

# A program of its own, as a client is: opens the current file, asks, closes, again; prints a line per answer.
# One that opens as clients do by default asks to write; it is refused by the file's mode, and then opens to read.
READER = """
import os, sys, time, duckdb
from pathlib import Path
duckdb.sql("select 1.5::decimal(9, 2)").fetchall()  # imports what answers are made of
if os.geteuid() == 0:  # root may write any file; only now, since the interpreter may lie where nobody else may go
    os.setuid(65534)  # still of the group, which may read customers.duckdb
current, by_default = Path(sys.argv[1]), sys.argv[2] == "by default"

def opened(path):
    if by_default:
        try:
            return duckdb.connect(path)
        except duckdb.IOException as error:
            if "Permission denied" not in str(error):
                raise
            print("refused", "by the mode of the file", sep="|", flush=True)
    return duckdb.connect(path, read_only=True)

while True:
    # A client that opens two files follows the link once, so that both are of one version.
    folder = current.resolve()
    try:
        with opened(str(folder / "analytics.duckdb")) as connection:
            connection.execute(f"attach '{folder}/customers.duckdb' as customers (read_only)")
            row = connection.execute(
                "select (select count(*) from marts.customer_360), (select sum(net_revenue) from marts.customer_360), "
                "(select count(*) from customers.marts.customer_360), (select count(*) from core.fct_order_lines)"
            ).fetchall()[0]
        print(folder.name, *row, sep="|", flush=True)
    except duckdb.Error as error:
        print("error", type(error).__name__, str(error).split(chr(10))[0], sep="|", flush=True)
    time.sleep(0.5)
"""


@dataclass
class Answers:
    """What the readers got: answers by version, and errors."""

    by_version: dict[str, Counter[str]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    refused: int = 0

    def add(self, line: str) -> None:
        """Takes one line of a reader."""
        version, answer = line.rstrip("\n").split("|", 1)
        if version == "error":
            self.errors[answer] += 1
        elif version == "refused":
            self.refused += 1
        else:
            self.by_version.setdefault(version, Counter())[answer] += 1

    def wrong(self) -> list[str]:
        """Errors, and versions that answered in two ways."""
        torn = [
            f"version {version} gave {len(answers)} answers"
            for version, answers in self.by_version.items()
            if len(answers) > 1
        ]
        return torn + [f"{count} times {error}" for error, count in self.errors.items()]


@contextmanager
def reading(company: Company, readers: int) -> Iterator[Answers]:
    """So many readers while the block lasts, the first of them opening as clients do by default.

    They are another user than the one who runs the pipeline, where this one may choose (root): root may write any file.
    """
    answers, lock = Answers(), threading.Lock()
    processes, threads = [], []

    def listen(process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            with lock:
                answers.add(line)

    for number in range(readers):
        way = "to read" if number else "by default"
        process = subprocess.Popen(
            [sys.executable, "-c", READER, str(company.current), way],
            stdout=subprocess.PIPE,
            text=True,
        )
        thread = threading.Thread(target=listen, args=(process,))
        thread.start()
        processes.append(process)
        threads.append(thread)
    try:
        yield answers
    finally:
        for process in processes:
            process.terminate()
            process.wait()
        for thread in threads:
            thread.join()


def main() -> int:
    """Exit 0: every reader was served, and of two runs at once one left with a sentence; 1: not so."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=10)
    parser.add_argument("--people", type=int, default=800)
    parser.add_argument("--seed", type=int, default=11)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stamgast_soak_") as name:
        folder = Path(name)
        folder.chmod(0o755)
        company = prepare(folder, asked.people, asked.seed)
        with reading(company, asked.readers) as answers:
            codes = [
                company.run(SECOND_DAY, folder / "third.log"),
                company.run(SECOND_DAY + timedelta(days=1), folder / "fourth.log"),
            ]
        wrong = answers.wrong() + [f"a run ended with exit {code}" for code in codes if code not in PUBLISHED]
        if len(answers.by_version) < 3:
            wrong.append(f"readers saw {len(answers.by_version)} versions, not the three there were")
        if not answers.refused:
            wrong.append("the reader that asks to write was not refused")
        wrong += two_at_once(company, folder)
        served = sum(answers.by_version[version].total() for version in answers.by_version)
    print(f"{asked.readers} readers, {served} answers from versions {', '.join(sorted(answers.by_version))}")
    print("; ".join(wrong) or "no error, no torn answer; the second of two runs left with a sentence")
    return 1 if wrong else 0


def two_at_once(company: Company, folder: Path) -> list[str]:
    """Two runs of the same day started together: one publishes, the other leaves with exit 2 and a sentence."""
    day = SECOND_DAY + timedelta(days=2)
    logs = [folder / "one.log", folder / "other.log"]
    processes = [company.start(day, logs[0])]
    time.sleep(0.1)
    processes.append(company.start(day, logs[1]))
    codes = [process.wait() for process in processes]
    said = "".join(log.read_text("utf-8", errors="replace") for log in logs)
    if sorted(codes)[1] != 2 or sorted(codes)[0] not in PUBLISHED:
        return [f"two runs at once ended with exits {codes}"]
    return [] if "another run is writing" in said else ["the second of two runs does not say why it leaves"]


if __name__ == "__main__":
    sys.exit(main())
