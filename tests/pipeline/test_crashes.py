"""A run may die at any moment: readers keep the last version, and the next run ends as if nothing had happened."""

import random
import shutil
import time
from pathlib import Path

from pipelines.contracts import read_contracts
from pipelines.locking import locked
from pipelines.settings import Places
from tests.pipeline.conftest import Company, differing_marts


def _kill_when(company: Company, said: str, log: Path) -> None:
    """SIGKILL as soon as the run has printed a line that holds `said`, plus a moment in the middle of the next step."""
    run = company.start("run", *company.run_options, stdout=log)
    while said not in (log.read_text() if log.exists() else ""):
        assert run.cpu_seconds is not None, f"the run never said {said}"
        time.sleep(0.05)
    time.sleep(0.7)
    assert run.kill(), "the run had ended"


def _redeliver(company: Company) -> int:
    """Every plain CSV of an append feed once more, shuffled, in two parts, under new names; gives the number of new contents."""
    parts, before = set(), set()
    for contract in read_contracts(company.sources):
        files = contract.files
        if files.format != "csv" or contract.delivery != "append":
            continue
        before |= {(contract.feed, path.read_bytes()) for path in company.sources.glob(files.glob)}
        for path in sorted(company.sources.glob(files.glob)):
            encoding = files.encoding or "utf-8-sig"
            lines = path.read_bytes().decode(encoding, errors="strict").splitlines(keepends=True)
            head, rows = lines[: files.header_row], lines[files.header_row :]
            if any(row.count('"') % 2 for row in rows):
                continue  # a value that spans lines: shuffling lines would tear it
            rows = [row if row.endswith("\n") else row + "\n" for row in rows]
            random.Random(5).shuffle(rows)
            half = len(rows) // 2
            for number, part in enumerate((rows[:half], rows[half:]), 1):
                name = path.name.replace(path.suffix, f"_again{number}{path.suffix}")
                content = "".join([*head, *part]).encode(encoding)
                (path.parent / name).write_bytes(content)
                parts.add(
                    (contract.feed, content)
                )  # the demo delivers one file twice: its parts are the same
    return len(parts - before)


def test_a_run_killed_while_landing_and_building_ends_like_one_left_alone_and_files_delivered_again_change_no_mart(
    published: Company, tmp_path: Path
) -> None:
    company = Company(tmp_path / "company")
    shutil.copytree(published.sources, company.sources)
    # The same secret gives the same numbers, so that the two can be compared row by row.
    (company.warehouse / "ledger").mkdir(parents=True)
    shutil.copy(published.warehouse / "ledger" / "key", company.warehouse / "ledger" / "key")
    for moment in ("sales/shop_orders", "identity"):
        _kill_when(company, moment, tmp_path / "killed.log")
        assert not company.current.exists()
    # All has been landed, so that its numbers are given; append files come once more, shuffled and split.
    parts = _redeliver(company)
    assert parts > 20
    run = company.run()
    assert run.returncode == 0, run.stdout + run.stderr
    assert (
        company.query("select count(*) from marts.source_quality")[0][0]
        == published.query("select count(*) from marts.source_quality")[0][0] + parts
    )
    assert differing_marts(published, company) == []


def test_a_second_run_leaves_with_a_sentence(published: Company) -> None:
    with locked(Places(published.warehouse)):
        second = published.run("--force")
    assert second.returncode == 2
    assert "another run is writing to this warehouse" in second.stderr
