"""The empty company that `make bench` subtracts."""

from pathlib import Path

from pipelines.contracts import read_contracts
from tests.benchmarks.pipeline_methods.company import sources_of_nobody

PROJECT = Path(__file__).parents[2]


def test_a_company_that_delivers_nothing_has_every_contract_and_requires_no_file(tmp_path: Path) -> None:
    contracts = read_contracts(sources_of_nobody(PROJECT, tmp_path / "nobody"))
    assert [one.feed for one in contracts] == [one.feed for one in read_contracts(PROJECT / "sources")]
    assert not any(one.required for one in contracts)
