"""A run may die at any moment: readers keep the last version, and the next run ends as if nothing had happened."""

import json
import os
import random
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from pipelines.contracts import read_contracts
from pipelines.warehouse.locking import locked
from pipelines.warehouse.places import Places
from tests.forking import Fork
from tests.pipeline.conftest import AS_OF, Company, differing_marts


def _run_until(company: Company, said: str, log: Path) -> Fork:
    """A run that has printed a line that holds `said`, a moment later, in the middle of the next step."""
    run = company.start("run", *company.run_options, stdout=log)
    while said not in (log.read_text() if log.exists() else ""):
        assert run.cpu_seconds is not None, f"the run never said {said}"
        time.sleep(0.05)
    time.sleep(0.7)
    return run


def _stop(run: Fork) -> int:
    """SIGTERM, again where Python lost it: what a signal raises in a callback of the interpreter is ignored."""
    while run.cpu_seconds is not None:
        with suppress(ProcessLookupError):
            os.kill(run.pid, signal.SIGTERM)
        until = time.monotonic() + 10
        while run.cpu_seconds is not None and time.monotonic() < until:
            time.sleep(0.05)
    return run.wait()


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


def _order_some_more(company: Company) -> None:
    """A file of new orders, a few of them by people who wrote another mail address, and of two corrections."""
    shop = company.sources / "files" / "shop_orders"
    head, *lines = (shop / "orders_2026_06.csv").read_text("utf-8").splitlines()
    more = [f"X{line}" for line in lines[:30]] + [f"Y{line}".replace("@", ".new@") for line in lines[:10]]
    corrections = [line.replace(",1,", ",2,", 1) for line in lines[30:32]]
    (shop / "orders_2026_07_01.csv").write_text("\n".join([head, *more, *corrections, ""]), "utf-8")


def _built_on(company: Company, day: str) -> set[str]:
    """The models and tests that were built last on that day."""
    state = json.loads((company.warehouse / "build" / "build_state.json").read_text("utf-8"))
    return {node.split(".")[2] for node, (_, built_on) in state["built"].items() if built_on == day}


@pytest.mark.whole
def test_a_run_killed_while_landing_and_building_ends_like_one_left_alone_and_files_delivered_again_change_no_mart_and_the_next_day_builds_what_changed_as_if_it_built_all(
    published: Company, tmp_path: Path
) -> None:
    company = Company(tmp_path / "company")
    shutil.copytree(published.sources, company.sources)
    # The same secret gives the same numbers, so that the two can be compared row by row.
    (company.warehouse / "ledger").mkdir(parents=True)
    shutil.copy(published.warehouse / "ledger" / "key", company.warehouse / "ledger" / "key")
    log = tmp_path / "killed.log"
    for moment in ("sales/shop_orders", "identity"):
        assert _run_until(company, moment, log).kill(), "the run had ended"
        assert not company.current.exists()
    # Told to stop, it does not take what it left undone for broken rules.
    assert _stop(_run_until(company, "index", log)) == 130
    assert "stopped; nothing that was landed is lost" in log.read_text() and "blocked" not in log.read_text()
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

    _order_some_more(company)
    # In another folder nothing is where it was, so the copy builds all of it.
    anew = company.copy(tmp_path / "anew")
    for one in (company, anew):
        run = one.run("--as-of", "2026-07-01")
        assert run.returncode in (0, 3), run.stdout + run.stderr
    spared = _built_on(company, AS_OF)
    assert {"stg_support_tickets", "dim_campaign", "ages_of_consent"} <= spared
    assert not {"fct_order_lines", "customer_360"} & spared and not _built_on(anew, AS_OF)
    assert differing_marts(company, anew, but_for=("resolution",)) == []


def test_a_second_run_leaves_with_a_sentence(published: Company) -> None:
    with locked(Places(published.warehouse)):
        second = published.run("--force")
    assert second.returncode == 2
    assert "another run is writing to this warehouse" in second.stderr
