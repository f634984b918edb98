"""What the command line says when it is used wrongly, and of one thing or of several."""

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from pipelines.cli import main
from pipelines.cli.counting import counted, people


def _said(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(sys, "argv", ["stamgast", *command.split()])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    return capsys.readouterr().err.strip()


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("person why abc email", "ID should be a valid integer; see: stamgast person why --help"),
        ("person show 0", "ID should be greater than or equal to 1; see: stamgast person show --help"),
        ("run --as-of 2026-13-01", "2026-13-01 is no day; write it as 2026-06-30"),
        ("person show 1 --as-of yesterday", "yesterday is no day; write it as 2026-06-30"),
        (
            "identity review --kind people",
            "--kind 'people' is not one of 'pair', 'cluster', 'account'; see: stamgast identity review --help",
        ),
        ("identity review --limit many", "--limit should be a valid integer; see: stamgast identity review --help"),
        ("person why", "Missing argument 'ID'; see: stamgast person why --help"),
        ("frobnicate", "No such command 'frobnicate'; see: stamgast --help"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_one_sentence_with_where_help_is(
    command: str, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _said(command, monkeypatch, capsys) == f"stamgast: {sentence}"


@pytest.mark.parametrize("command", ["loads {} drop 7", "loads drop 7 {}"])
def test_where_the_warehouse_is_may_be_said_before_a_subcommand_or_after_it(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "raw").mkdir()
    said = _said(command.format(f"--warehouse {tmp_path}"), monkeypatch, capsys)
    assert said == "stamgast: load 7: there is none; list them with: stamgast loads"


def test_the_version_is_that_of_the_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["stamgast", "--version"])
    with pytest.raises(SystemExit) as left:
        main()
    assert (left.value.code, capsys.readouterr().out.strip()) == (0, f"stamgast {version('stamgast')}")


def test_training_where_nothing_was_built_is_one_sentence_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "there"
    said = _said(f"identity train --warehouse {there}", monkeypatch, capsys)
    assert said.endswith("there is no build to learn from; run: stamgast run")
    assert not there.exists()


@pytest.mark.parametrize(
    "command",
    [
        "loads",
        "loads release 7",
        "loads drop 7",
        "loads drop 7 --refusals",
        "loads acknowledge 7",
        "loads retry shop",
    ],
)
def test_a_warehouse_that_is_not_there_is_not_made_by_looking(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "there"
    said = _said(f"{command} --warehouse {there}", monkeypatch, capsys)
    assert said == f"stamgast: {there}: there is no such warehouse; run: stamgast run, or give another"
    assert not there.exists()


def test_one_is_not_said_as_many() -> None:
    assert [people(number) for number in (0, 1, 2000)] == ["0 people", "1 person", "2,000 people"]
    assert [counted(number, "record") for number in (1, 2)] == ["1 record", "2 records"]
