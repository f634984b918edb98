"""A byte that changed in the landed files is named by its file, with what to do."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.cli.loads import check_loads
from pipelines.contracts import read_contracts
from pipelines.errors import StamgastError
from pipelines.landing.damage import damage, replace_file
from pipelines.landing.dropping import drop
from pipelines.landing.feeds import refuse_without_contract
from pipelines.orchestration.running import plan_run
from tests.landing.conftest import Company

ROWS = (
    "1;1;01-06-2026 12:00;A;1;10,00;an@example.nl;An",
    "2;1;never;A;1;10,00;bo@example.nl;Bo",
)


@pytest.fixture
def company(tmp_path: Path) -> Company:
    company = Company(tmp_path)
    company.rows("a.csv", *ROWS)
    company.land()
    return company


def _files(company: Company) -> list[Path]:
    (load,) = company.loads
    places = company.settings.places
    return sorted([*load.folder(places).glob("*.parquet"), *load.quarantine(places).iterdir()])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _checked(company: Company) -> tuple[bool, str]:
    out = StringIO()
    is_whole = check_loads(company.settings, Console(file=out, width=400, soft_wrap=True))
    return is_whole, out.getvalue()


def test_whole_loads_are_said_to_be_whole(company: Company) -> None:
    assert _checked(company) == (True, "4 files of 1 load: all as they were written\n")


@pytest.mark.parametrize("number", range(4))
def test_a_flipped_byte_is_named_by_its_file(company: Company, number: int) -> None:
    path = _files(company)[number]
    _flip(path)
    is_whole, said = _checked(company)
    assert not is_whole
    name = path.relative_to(company.settings.places.root)
    assert said.startswith(
        f"shop: {name} of load 1 (files/a.csv) is not as it was written; put it back from a backup"
    )
    assert said.count("\n") == 1


def test_a_run_names_the_damaged_file_and_not_the_new_one(company: Company) -> None:
    assert plan_run(company.settings).loads
    _flip(company.loads[0].folder(company.settings.places) / "profiles.parquet")
    company.rows("b.csv", ROWS[0].replace("1;1", "3;1", 1))
    with pytest.raises(
        StamgastError, match=r"profiles\.parquet of load 1 \(files/a\.csv\) is not as it was written"
    ):
        plan_run(company.settings)


@pytest.mark.parametrize("file", ["facts.parquet", "profiles.parquet"])
def test_a_deleted_file_is_named_and_a_drop_lands_its_delivery_anew(company: Company, file: str) -> None:
    (company.loads[0].folder(company.settings.places) / file).unlink()
    (said,) = damage(company.settings.places)
    assert "is gone" in said and "loads drop 1" in said
    drop(company.settings.places, 1)
    assert damage(company.settings.places) == []
    assert len(company.land().loads) == 1
    assert company.query("select record_key from {facts}") == [("1|1",)]


def test_a_load_whose_own_record_is_damaged_is_named(company: Company) -> None:
    path = company.loads[0].folder(company.settings.places) / "_load.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(StamgastError, match=r"_load\.json: is damaged; put it back from a backup"):
        damage(company.settings.places)


def test_a_rewritten_file_is_whole_and_so_is_the_one_a_crash_left(company: Company) -> None:
    places = company.settings.places
    for path in _files(company):
        draft = path.with_name(f".{path.name}")
        draft.write_bytes(path.read_bytes() + b"x")
        before = path.read_bytes()
        replace_file(places, draft, path)
        assert damage(places) == []
        # Killed before the rename: the old file stands beside the new digest.
        path.write_bytes(before)
        assert damage(places) == []


def test_a_dropped_load_misses_nothing(company: Company) -> None:
    drop(company.settings.places, 1)
    assert damage(company.settings.places) == []


def test_a_feed_whose_kind_changed_after_loads_exist_is_one_sentence(company: Company) -> None:
    (contract,) = read_contracts(company.settings.sources)
    changed = contract.model_copy(update={"kind": "interactions"})
    with pytest.raises(
        StamgastError, match="shop: its contract says kind interactions, but its load 1 is of kind sales"
    ):
        refuse_without_contract(company.settings.places, [changed])


def test_a_renamed_feed_is_one_sentence(company: Company) -> None:
    (contract,) = read_contracts(company.settings.sources)
    renamed = contract.model_copy(update={"feed": "webshop"})
    with pytest.raises(StamgastError, match=r"holds loads of a feed without contract: shop \(1 load\)"):
        refuse_without_contract(company.settings.places, [renamed])


def test_a_delivered_file_changed_in_place_is_a_delivery_of_its_own(company: Company) -> None:
    company.rows("a.csv", ROWS[0].replace("10,00", "12,00"))
    company.land()
    assert [(load.load_number, load.file, load.status) for load in company.loads] == [
        (1, "files/a.csv", "accepted"),
        (2, "files/a.csv", "accepted"),
    ]
