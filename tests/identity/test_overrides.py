"""Decisions of people: read, checked against each other, added to."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.defs.identity import identity
from pipelines.errors import StamgastError
from pipelines.identity.decisions.deciding import Decision, add_override
from pipelines.identity.decisions.overrides import (
    Override,
    check_overrides,
    count_waiting,
    find_contradiction,
    parse_overrides,
    read_expired,
    read_overrides,
    write_overrides,
)
from pipelines.resources import Stamgast

HEADER = "decision,left_profile_id,right_profile_id,author,reason,date"
DAY = date(2026, 6, 30)


def _file(folder: Path, *lines: str, header: str = HEADER, line_end: str = "\n") -> Path:
    path = folder / "identity.csv"
    path.write_bytes(line_end.join([header, *lines, ""]).encode())
    return path


def _decision(is_same: bool, left: int, right: int, line: int = 0) -> Override:
    return Override(line, is_same, left, right, "desk", "called", DAY)


def _closure(pairs: Sequence[tuple[int, int]]) -> set[frozenset[int]]:
    """The groups that the pairs make, by joining one pair after the other."""
    groups: set[frozenset[int]] = set()
    for pair in pairs:
        touched = {group for group in groups if group & set(pair)}
        groups = (groups - touched) | {frozenset(pair).union(*touched)}
    return groups


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 7), st.integers(1, 7)).filter(lambda one: one[1] != one[2]),
        max_size=12,
    )
)
def test_a_contradiction_is_found_exactly_when_decisions_join_what_one_parts(
    decided: list[tuple[bool, int, int]],
) -> None:
    overrides = [_decision(*one, line=line) for line, one in enumerate(decided, start=2)]
    joined = _closure([one.pair for one in overrides if one.is_same])
    torn = [one for one in overrides if not one.is_same and any(set(one.pair) <= group for group in joined)]
    found = find_contradiction(overrides)
    assert (found is not None) == bool(torn)
    if found is None:
        return
    different, chain = found
    assert different == torn[0]
    assert all(one.is_same and one in overrides for one in chain)
    # Every line named takes part: without any of them the two profiles are not joined by the others.
    for left_out in range(len(chain) + 1):
        kept = [one.pair for place, one in enumerate(chain) if place != left_out]
        is_joined = any(set(different.pair) <= group for group in _closure(kept))
        assert is_joined == (left_out == len(chain))


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["same,1,2,a,b,2026-06-01", "different,2,1,a,b,2026-06-01"], "line 3: contradicts line 2: "),
        (
            ["different,1,4,a,b,2026-06-01"]
            + [f"same,{left},{left + 1},a,b,2026-06-01" for left in (3, 1, 2, 7)],
            "line 2: contradicts lines 3, 4 and 5: ",
        ),
        (["merge,1,2,a,b,2026-06-01"], "line 2: decision is neither same nor different"),
        (["same,1,1,a,b,2026-06-01"], "line 2: both sides"),
        (["same,1,x,a,b,2026-06-01"], "line 2: write profile ids as numbers"),
        (["same,1,-2,a,b,2026-06-01"], "line 2: write profile ids as numbers"),
        (["same,1,9999999999999999999,a,b,2026-06-01"], "line 2: write profile ids as numbers"),
        (["same,1,2,,b,2026-06-01"], "line 2: author is empty"),
        (["same,1,2,a,,2026-06-01"], "line 2: reason is empty"),
        (["same,1,2,a,b,01-06-2026"], "line 2: date is no day"),
        (["same,1,2,a,father, and son,2026-06-01"], "line 2: has more values than columns"),
        (['same,1,2,a,"b,2026-06-01'], "is no CSV"),
        (["same,1,2,a,b,2026-06-01", "same,1,51,a,b,2026-06-01"], "line 3: there is no profile 51, the newest is 50"),
        (["same,0,2,a,b,2026-06-01"], "line 2: there is no profile 0"),
    ],
)  # fmt: skip
def test_a_decision_that_cannot_stand_is_one_sentence_with_its_lines(
    tmp_path: Path, lines: list[str], sentence: str
) -> None:
    path = _file(tmp_path, *lines)
    with pytest.raises(StamgastError, match=sentence) as caught:
        read_overrides(path, DAY, newest_profile_id=50)
    assert str(caught.value).startswith(str(path))
    assert caught.value.exit_code == 2


def test_a_decision_of_a_later_day_does_not_count_yet(tmp_path: Path) -> None:
    (tmp_path / "overrides").mkdir()
    path = _file(
        tmp_path / "overrides",
        "same,1,2,a,b,2026-06-30",
        "same,3,4,a,b,2026-07-01",
        "different,4,3,a,b,2026-07-02",
    )
    assert [one.line for one in read_overrides(path, DAY)] == [2]
    assert [one.line for one in read_overrides(path, date(2026, 7, 1))] == [2, 3]
    assert count_waiting(tmp_path, DAY) == 2 and read_expired(path, DAY) == []
    # What is not known yet contradicts nothing yet.
    with pytest.raises(StamgastError, match="line 4: contradicts line 3"):
        read_overrides(path, date(2026, 7, 2))


def test_a_file_of_other_columns_or_another_encoding_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StamgastError, match="column decision is missing"):
        read_overrides(_file(tmp_path, header=HEADER.replace(",", ";")))
    path = tmp_path / "identity.csv"
    path.write_bytes(f"{HEADER}\nsame,1,2,a,gebeld door Zoë,2026-06-01\n".encode("cp1252"))
    with pytest.raises(StamgastError, match="is not UTF-8"):
        read_overrides(path)


def test_a_decision_counts_until_the_day_it_expires(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "same,1,2,desk,called,2026-06-01,2026-06-29",
        "different,1,2,desk,called again,2026-06-01,",
        "same,3,4,desk,called,2026-06-01,2026-06-30",
        header=f"{HEADER},expires",
    )
    assert [one.line for one in read_overrides(path, DAY)] == [3, 4]
    assert [one.line for one in read_overrides(path, date(2026, 7, 1))] == [3]
    with pytest.raises(StamgastError, match="line 3: contradicts line 2"):
        read_overrides(path, date(2026, 6, 29))
    with pytest.raises(StamgastError, match="line 2: expires lies before date"):
        read_overrides(_file(tmp_path, "same,1,2,a,b,2026-06-01,2026-05-31", header=f"{HEADER},expires"), DAY)


def test_both_files_are_checked_before_a_run(tmp_path: Path) -> None:
    (tmp_path / "overrides").mkdir()
    check_overrides(tmp_path, DAY, 5)
    people = _file(tmp_path / "overrides", "same,1,6,a,b,2026-06-01")
    with pytest.raises(StamgastError, match=r"identity\.csv, line 2: there is no profile 6"):
        check_overrides(tmp_path, DAY, 5)
    check_overrides(tmp_path, DAY, None)
    people.rename(people.with_name("companies.csv"))
    with pytest.raises(StamgastError, match=r"companies\.csv, line 2: there is no profile 6"):
        check_overrides(tmp_path, DAY, 5)


def test_a_run_that_the_schedule_starts_checks_them_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "overrides").mkdir()
    _file(tmp_path / "overrides", "same,1,6,a,b,2026-06-01")
    monkeypatch.setenv("STAMGAST_SOURCES", str(tmp_path))
    monkeypatch.setenv("STAMGAST_WAREHOUSE", str(tmp_path / "warehouse"))
    with pytest.raises(StamgastError, match=r"identity\.csv, line 2: there is no profile 1, the newest is 0"):
        dg.materialize([identity], resources={"stamgast": Stamgast()})


def test_no_file_and_an_unused_profile_are_no_errors(tmp_path: Path) -> None:
    assert read_overrides(None) == read_overrides(tmp_path / "identity.csv", DAY, 1) == []
    kept = read_overrides(_file(tmp_path, "same,49,50,a,b,2026-06-01"), DAY, newest_profile_id=50)
    assert [one.pair for one in kept] == [(49, 50)]


def test_a_decision_is_added_whole_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "overrides" / "identity.csv"
    decision = Decision(False, (4, 9), "j. smit", 'father,\nand "son"', DAY, date(2027, 1, 1))
    added = add_override(path, decision, newest_profile_id=9)
    assert added == Override(2, False, 4, 9, "j. smit", 'father, and "son"', DAY, date(2027, 1, 1))
    assert read_overrides(path, DAY) == [added]
    assert [file.name for file in path.parent.iterdir()] == ["identity.csv"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("expires_on", [None, date(2026, 12, 31)])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_what_stood_in_the_file_stays_as_it_was(
    tmp_path: Path, line_end: str, expires_on: date | None, mark: str
) -> None:
    header = f"{mark}author,decision,right_profile_id,left_profile_id,reason,date,ticket"
    path = _file(tmp_path, '"Smit, J.",same,2,1,called,2026-06-01,T7', header=header, line_end=line_end)
    path.write_bytes(path.read_bytes().removesuffix(line_end.encode()))
    before = path.read_bytes()
    added = add_override(path, Decision(True, (3, 4), "desk", "one", DAY, expires_on), 4)
    after = path.read_bytes()
    assert after.endswith(line_end.encode()) and after.count(b"\n") == 3
    if expires_on is None:
        assert after.startswith(before)
    else:
        assert after.splitlines()[0] == before.splitlines()[0] + b",expires"
        assert after.splitlines()[1] == before.splitlines()[1]
    assert [one.line for one in parse_overrides(path, after.decode())] == [2, 3]
    assert read_overrides(path)[1] == added


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        (Decision(True, (2, 1), "desk", "r", DAY), "line 2: says so already"),
        (Decision(False, (1, 2), "desk", "r", DAY), "line 4: contradicts line 2"),
        (Decision(False, (1, 3), "desk", "r", DAY), "line 4: contradicts lines 2 and 3"),
        (Decision(True, (1, 10), "desk", "r", DAY), "there is no profile 10"),
        (Decision(True, (4, 5), " ", "r", DAY), "author is empty"),
        (Decision(True, (4, 5), "desk", "", DAY), "reason is empty"),
        (Decision(True, (4, 4), "desk", "r", DAY), "both sides"),
    ],
)
def test_a_decision_that_is_refused_leaves_the_file_alone(
    tmp_path: Path, decision: Decision, sentence: str
) -> None:
    path = _file(tmp_path, "same,1,2,a,b,2026-06-01", "same,2,3,a,b,2026-06-01")
    before = path.read_bytes()
    with pytest.raises(StamgastError, match=sentence):
        add_override(path, decision, newest_profile_id=9)
    assert path.read_bytes() == before


def test_the_table_holds_what_counts_about_people_and_companies_and_names_nobody(tmp_path: Path) -> None:
    header = f"{HEADER},expires"
    path = _file(
        tmp_path,
        "same,1,2,Smit,r,2026-06-01,2026-06-02",
        "different,9,4,Smit,her brother,2026-06-01,",
        header=header,
    )
    columns = "subject, line, decision, left_profile_id, right_profile_id, decided_date, expires_date"
    with duckdb.connect() as connection:
        write_overrides(connection, path, DAY)
        person = ("person", 3, "different", 9, 4, date(2026, 6, 1), None)
        assert connection.execute(f"select {columns} from identity.overrides").fetchall() == [person]
        path.with_name("companies.csv").write_text(
            f"{header}\ndifferent,8,7,Smit,sold,2026-06-01,2026-07-01\n"
        )
        write_overrides(connection, path, DAY)
        company = ("company", 2, "different", 8, 7, date(2026, 6, 1), date(2026, 7, 1))
        assert connection.execute("from identity.overrides").fetchall() == [person, company]
        write_overrides(connection, None, DAY)
        assert connection.execute("from identity.overrides").fetchall() == []
