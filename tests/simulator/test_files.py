"""The files of the demo company: reproducible, as their contracts say, fresh, and broken only where planted."""

import gzip
import hashlib
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from pipelines.contracts import KINDS, Contract, read_contracts
from pipelines.simulator import SimulationError, SimulationSummary, simulate
from pipelines.simulator.company import make_company
from pipelines.simulator.deliveries import freshened
from pipelines.simulator.faults import FAULTS, last_file
from pipelines.simulator.simulation import FEEDS, FEWEST_FOR_FAULTS
from pipelines.simulator.world import Clock

AS_OF = date(2026, 6, 30)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def delivered(contract: Contract, sources: Path) -> dict[str, pd.DataFrame]:
    """The feed's files as text; torn JSON lines are left out."""
    frames = {}
    for path in sorted(sources.glob(contract.files.glob)):
        files = contract.files
        if files.format == "csv":
            frame = pd.read_csv(
                path, sep=files.delimiter, encoding=files.encoding, dtype=str, keep_default_na=False
            )
        elif files.format == "jsonl":
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            text = data.decode("utf-8")
            whole = "\n".join(line for line in text.splitlines() if line.endswith("}"))
            frame = pd.read_json(io.StringIO(whole), lines=True, dtype=str)
        elif files.format == "excel":
            frame = pd.read_excel(
                path, sheet_name=files.sheet, header=files.header_row - 1, dtype=str, engine="calamine"
            )
        else:
            frame = pd.read_parquet(path)
        frames[path.name] = frame
    return frames


@pytest.fixture(scope="module")
def contracts(out: Path, summary: SimulationSummary) -> dict[str, Contract]:
    return {contract.feed: contract for contract in read_contracts(out / "sources")}


def test_every_kind_has_a_feed_and_every_feed_has_files(
    contracts: dict[str, Contract], summary: SimulationSummary
) -> None:
    assert {contract.kind for contract in contracts.values()} == set(KINDS)
    assert set(summary.files) == set(contracts)
    assert min(summary.rows.values()) > 0


def test_each_file_has_the_columns_of_its_contract(out: Path, contracts: dict[str, Contract]) -> None:
    for contract in contracts.values():
        files = delivered(contract, out / "sources")
        assert files, contract.feed
        for name, frame in files.items():
            missing = {*contract.columns, *contract.key} - set(frame.columns)
            assert not missing, f"{contract.feed}/{name} lacks {missing}"


def test_the_summary_counts_the_rows_that_were_written(
    out: Path, contracts: dict[str, Contract], summary: SimulationSummary
) -> None:
    for feed in ("till_sales", "web_events", "surveys", "china_orders", "crm_contacts"):
        assert (
            sum(len(frame) for frame in delivered(contracts[feed], out / "sources").values())
            == summary.rows[feed]
        )


def test_every_append_feed_is_fresh_at_as_of_and_nothing_lies_after_it(
    out: Path, contracts: dict[str, Contract]
) -> None:
    end = datetime(2026, 7, 1, tzinfo=UTC)
    for contract in contracts.values():
        if contract.event_time is None:
            continue
        times = pd.concat(
            [frame[contract.event_time.column] for frame in delivered(contract, out / "sources").values()]
        )
        pattern = contract.event_time.format[0] if contract.event_time.format else "ISO8601"
        read = pd.to_datetime(times, format=pattern, errors="coerce").dropna()
        if read.dt.tz is None:
            read = read.dt.tz_localize(
                contract.event_time.timezone, ambiguous=True, nonexistent="shift_forward"
            )
        newest = read.max().astimezone(UTC)
        assert end - contract.freshness.warn_after <= newest <= end, f"{contract.feed}: {newest}"


def test_a_snapshot_drops_people_who_were_in_the_one_before(
    out: Path, contracts: dict[str, Contract]
) -> None:
    before, after = list(delivered(contracts["crm_contacts"], out / "sources").values())[-2:]
    assert set(before["contact_id"]) - set(after["contact_id"])
    assert set(after["contact_id"]) - set(before["contact_id"])


def test_corrections_repeat_keys_of_earlier_files_with_other_amounts(
    out: Path, contracts: dict[str, Contract]
) -> None:
    files = delivered(contracts["shop_orders"], out / "sources")
    corrections = files.pop("orders_2026_06_corrections.csv")
    both = corrections.merge(pd.concat(files.values()), on=["order_no", "line_no"], suffixes=("", "_before"))
    assert len(both) == len(corrections) > 0
    assert (both["total"].astype(float) < both["total_before"].astype(float)).all()


def test_one_file_is_delivered_twice_and_one_comes_late(out: Path, summary: SimulationSummary) -> None:
    folder = out / "sources" / "files"
    contests = [path.read_bytes() for path in sorted((folder / "contest_entries").glob("*.csv"))]
    assert len(set(contests)) == len(contests) - 1
    late = (folder / "till_sales" / "kassa_2026_06_nagekomen.csv").read_text("cp1252").splitlines()
    assert len(late) > 1
    assert all(";F07;" in line for line in late[1:])


def test_files_have_the_shapes_that_files_really_have(out: Path, summary: SimulationSummary) -> None:
    folder = out / "sources" / "files"
    assert (folder / "sweden_orders" / "order_2026_06.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    china = (folder / "china_orders" / "orders_0_history.csv").read_bytes()
    assert china.decode("gb18030").startswith("订单号,")
    with pytest.raises(UnicodeDecodeError):
        china.decode("utf-8")
    warranty = (folder / "warranty_cards" / "garantie_0_history.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        warranty.decode("utf-8")
    assert (
        b'"Thank you,\nand until soon!"' in (folder / "shop_accounts" / "accounts_0_history.csv").read_bytes()
    )


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_company(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        simulate(300, seed, tmp_path / name)
    first, second, third = (digests(tmp_path / name) for name in ("one", "two", "three"))
    assert first == second
    differing = [
        name for name in first if name.startswith("sources/files") and first[name] != third.get(name)
    ]
    assert len(differing) > 0.9 * sum(name.startswith("sources/files") for name in first)


def test_later_days_stand_apart_and_go_on_where_the_history_ends(tmp_path: Path) -> None:
    simulate(1_500, 5, tmp_path, days=2)
    days = sorted(path.name for path in (tmp_path / "days").iterdir())
    assert days == ["2026-07-01", "2026-07-02"]
    for day in days:
        found = list((tmp_path / "days" / day / "files" / "shop_orders").glob("*.csv"))
        assert len(found) == 1
        assert set(pd.read_csv(found[0])["ordered_at"].str[:10]) <= {day, "2025-02-31"}
    history = pd.concat(map(pd.read_csv, (tmp_path / "sources/files/shop_orders").glob("orders_20*.csv")))
    dates = pd.to_datetime(history["ordered_at"], errors="coerce", utc=True)
    assert dates.max() < pd.Timestamp(AS_OF + timedelta(days=1), tz="UTC")


def test_each_fault_changes_its_feed_and_is_listed(tmp_path: Path) -> None:
    simulate(2_000, 5, tmp_path / "whole")
    simulate(2_000, 5, tmp_path / "faulty", faults=list(FAULTS))
    whole, faulty = digests(tmp_path / "whole/sources"), digests(tmp_path / "faulty/sources")
    changed = {name.split("/")[1] for name in whole if whole[name] != faulty.get(name)}
    listed = pd.read_csv(tmp_path / "faulty/truth/faults.csv")
    assert set(listed["fault"]) == set(FAULTS)
    assert changed == set(listed["feed"]) == {fault.feed for fault in FAULTS.values()}
    assert pd.read_csv(tmp_path / "whole/truth/faults.csv").empty
    struck = duckdb.sql(f"""
        select feed, file, file_fault from '{tmp_path}/faulty/truth/rows/*.parquet' where file_fault <> '' group by all
    """).fetchall()
    expected = listed[listed["fault"] != "stale_feed"]  # a file that did not come has no rows
    assert sorted(struck) == sorted(expected[["feed", "file", "fault"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("seed", [0, 11])
def test_a_fault_that_shows_in_many_rows_only_strikes_many_with_any_seed(seed: int) -> None:
    """An empty column and doubled rows are no fault where a handful of rows has them."""
    company = make_company(FEWEST_FOR_FAULTS, seed, AS_OF)
    for name in ("null_column", "doubled_rows"):
        deliveries = list(FEEDS[FAULTS[name].feed](company))
        (struck,) = [each for each in deliveries if each.file == last_file(deliveries)]
        assert len(struck.person) >= 20, name


@pytest.mark.parametrize(
    ("people", "faults", "sentence"),
    [
        (50, [], "--people 50 is too few"),
        (2_000, ["gremlins"], "--faults gremlins: there is no such fault; choose among"),
        (300, ["stale_feed"], "--people 300 is too few for faults to be seen"),
    ],
)
def test_what_cannot_be_simulated_is_said_in_a_sentence(
    tmp_path: Path, people: int, faults: list[str], sentence: str
) -> None:
    with pytest.raises(SimulationError, match=sentence):
        simulate(people, 5, tmp_path, faults=faults)


def test_a_seed_a_day_or_a_folder_that_cannot_be_used_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "sources" / "files" / "products" / "mine.csv"
    mine.parent.mkdir(parents=True)
    mine.write_text("sku\n1\n", encoding="utf-8")
    for options, sentence in (
        ({"out": tmp_path / "mine"}, "holds what no simulation made"),
        (
            {"out": tmp_path / "new", "truth": tmp_path / "new" / "sources" / "truth"},
            "lies in what the pipeline reads",
        ),
        ({"out": tmp_path / "new", "as_of": date(1, 1, 1)}, "out of reach"),
        ({"out": tmp_path / "new", "seed": -1}, "is negative"),
    ):
        with pytest.raises(SimulationError, match=sentence):
            simulate(**{"people": 300, "seed": 5} | options)
    assert mine.exists() and [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_planted_faults_are_the_rows_that_cannot_be_used(out: Path, summary: SimulationSummary) -> None:
    """Read as the contract says, exactly the planted rows of the Swedish feed fail."""
    rows = duckdb.sql(f"select * from '{out}/truth/rows/sweden_orders.parquet' where fault <> ''").df()
    text = (out / "sources/files/sweden_orders/order_0_history.csv").read_text("utf-8-sig").splitlines()
    width = text[0].count(";")
    torn = {place for place, line in enumerate(text) if line.count(";") != width}
    in_file = rows[rows["file"] == "order_0_history.csv"]
    assert set(in_file.loc[in_file["fault"] == "torn_line", "row_number"]) == torn
    dates = {place for place, line in enumerate(text) if ";2025-02-31 " in line}
    assert set(in_file.loc[in_file["fault"] == "impossible_date", "row_number"]) == dates


def test_a_history_stays_fresh_where_nothing_happens_in_the_days_after_it() -> None:
    clock = Clock(date(2026, 6, 30), days=1)
    long_ago = clock.now - np.array([90, 60, 30]) * 86400
    at = freshened(long_ago, clock, hours=9)
    assert at.tolist() == [int(long_ago[0]), clock.now - 9 * 3600, clock.end - 9 * 3600]
