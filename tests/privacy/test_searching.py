"""What is found where: a frequent name and a shared contact point only where they stand together."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.privacy.searching import Literals, Place, search_files
from pipelines.privacy.word_macros import add_word_macros
from pipelines.warehouse.places import Places


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Knows the name and the telephone of somebody, both of which others have too."""
    with duckdb.connect() as opened:
        add_word_macros(opened)
        opened.execute("set variable erasure_key = 'k'")
        opened.execute("""
            create table search_terms as
            select person, kind, left(sha256('k' || token), 32) as digest, length(token) as length, is_shared
            from (values (1, 'name', 'janjansen', true), (1, 'phone', '31612345678', true))
                as search_terms (person, kind, token, is_shared)
        """)
        yield opened


def _found(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[Place]:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return search_files(connection, Places(folder), folder, files, Literals([])).found


def test_they_are_found_in_a_row_and_counted_once_for_all_its_columns(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    connection.execute(f"""
        copy (
            from (values
                ('Jan', 'Jansen', 'Jan Jansen', '+31612345678', '0031 6 12345678'),
                ('Jan', 'Jansen', 'Jan Jansen', null, null),
                ('Piet', 'Bos', 'Piet Bos', '+31612345678', null))
            as held (given_name, family_name, full_name, phone, mobile)
        ) to '{tmp_path}/held.parquet' (compression uncompressed)
    """)
    assert _found(connection, tmp_path) == [
        Place("held.parquet", "name and contact point in one row", people=1, rows=1)
    ]


def test_they_are_found_side_by_side_in_a_text_and_not_in_the_bytes_of_columns(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "run.log").write_text("called Jan Jansen at +31612345678", "utf-8")
    with duckdb.connect(tmp_path / "columns.duckdb") as columns:
        columns.execute(
            "create table said as select unnest(['Jan Jansen of Gent', '+31612345678 by day']) as value"
        )
    assert b"+31612345678 by dayJan Jansen" in (tmp_path / "columns.duckdb").read_bytes()
    assert [(place.file, place.part) for place in _found(connection, tmp_path)] == [("run.log", "bytes")]
