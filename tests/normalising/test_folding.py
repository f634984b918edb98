import re

import duckdb
import pytest

from pipelines.normalising.folding import add_folding
from pipelines.settings import DBT_PROJECT, PROJECT


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    add_folding(connection)
    return connection


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Jan van den Berg", "janvandenberg"),
        ("jan-van den.berg", "janvandenberg"),
        ("Strauß, Æbelø & Łódź", "straussaebelolodz"),
        ("+31 6 12", "31612"),
        ("北京 路", "北京路"),
        (" - ", None),
    ],
)
def test_spellings_fold_to_their_letters_and_digits(
    connection: duckdb.DuckDBPyConnection, written: str, folded: str | None
) -> None:
    assert connection.execute("select folded($written)", {"written": written}).fetchone() == (folded,)


@pytest.mark.parametrize(
    ("written", "words", "joined"),
    [
        ("van den berghe", "berghe", "berghe"),
        ("vandenberghe", "vandenberghe", "berghe"),
        ("berghe", "berghe", "berghe"),
        ("'t hart", "hart", "hart"),
    ],
)
def test_a_family_name_is_compared_without_its_prefix(
    connection: duckdb.DuckDBPyConnection, written: str, words: str, joined: str
) -> None:
    found = connection.execute(
        "select without_prefix_words($written), without_prefix($written)", {"written": written}
    )
    assert found.fetchone() == (words, joined)


def test_dbt_takes_off_the_same_prefixes() -> None:
    files = (
        PROJECT / "pipelines" / "normalising" / "folding.sql",
        DBT_PROJECT / "macros" / "refusals.sql",
    )
    mine, its = (
        re.findall(r"'\^(\((?:\(van|vanden).*?)'[,\n]", file.read_text("utf-8").replace("''", r"\x27"))
        for file in files
    )
    assert mine == its and len(mine) == 2
