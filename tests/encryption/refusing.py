"""Which files of a warehouse open without its key; what may is listed here, with the reason."""

from pathlib import Path

import duckdb

# Nothing of people: counts of loads with the names of files, contracts, policies.
READABLE = {
    "build/loads.parquet",
    "build/freshness.parquet",
    "build/feeds.parquet",
    "build/country_rules.parquet",
    "build/codes.parquet",
}


def opening(warehouse: Path) -> list[str]:
    """The Parquet files and databases that open without a key, those that may left out."""
    found = []
    for path in sorted(warehouse.rglob("*")):
        if path.suffix not in (".parquet", ".duckdb") or not path.is_file():
            continue
        try:
            with duckdb.connect() as connection:
                if path.suffix == ".parquet":
                    connection.execute(f"from read_parquet('{path}')").fetchall()
                else:
                    connection.execute(f"attach '{path}' (read_only)")
        except (duckdb.InvalidInputException, duckdb.CatalogException):
            continue
        found.append(str(path.relative_to(warehouse)))
    return [path for path in found if path not in READABLE]


def holding(warehouse: Path, words: list[str]) -> list[str]:
    """The files whose bytes hold one of the words."""
    sought = [word.encode() for word in words]
    paths = [path for path in sorted(warehouse.rglob("*")) if path.is_file()]
    return [
        str(path.relative_to(warehouse))
        for path in paths
        if any(word in (content := path.read_bytes()) or word.lower() in content for word in sought)
    ]
