"""A simulated company, landed once: what dbt reads, and between its two halves what identity writes."""

import shutil
from datetime import date
from pathlib import Path

import duckdb

from pipelines.contracts import read_contracts
from pipelines.dbt.build_state import start_anew
from pipelines.dbt.running import parsed_project
from pipelines.dbt.variables import read_vars
from pipelines.identity import read_model, resolve
from pipelines.identity.people import shape
from pipelines.landing.committing import Verdict
from pipelines.landing.deliveries import scan_feeds
from pipelines.landing.landing import land_feed
from pipelines.privacy.index import write_index
from pipelines.privacy.tombstones import HOLDING_BACK
from pipelines.settings import Settings
from pipelines.simulator import simulate
from pipelines.warehouse.database import connect, text

AS_OF = date(2026, 6, 30)


def settings_of(folder: Path) -> Settings:
    """The settings of the company in a folder."""
    return Settings(sources=folder / "sources", warehouse=folder / "warehouse", as_of=AS_OF)


def land(folder: Path, people: int, seed: int) -> None:
    """Writes and lands the company, unchecked, where it is not there yet or was left half made."""
    done = folder / "landed"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        simulate(people, seed, folder, as_of=AS_OF)
        settings = settings_of(folder)
        for scan in scan_feeds(read_contracts(settings.sources), settings.sources, settings.places, AS_OF):
            land_feed(scan, settings, lambda _: Verdict(), HOLDING_BACK)
        # The landed files are all that is read from here on.
        shutil.rmtree(folder / "sources" / "files")
        done.touch()
    settings = settings_of(folder)
    start_anew(settings.places)
    settings.places.identity.unlink(missing_ok=True)
    write_index(settings.places, read_contracts(settings.sources), AS_OF)
    parsed_project(settings)


def identify(folder: Path) -> None:
    """Who is who, as the pipeline's step between the two halves of dbt."""
    settings = settings_of(folder)
    places = settings.places
    with connect(places, places.analytics) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"attach {text(places.customers)} as customers")
        connection.execute(f"attach {text(places.scratch)} as scratch (read_only)")
        resolve(
            connection,
            None,
            model=read_model(places),
            as_of=AS_OF,
            state=places.identity,
            small_group_size=read_vars().small_group_size,
        )
        shape.write_person_shape(connection)


def rows_of(folder: Path) -> dict[str, int]:
    """Rows of the largest facts and of the customer 360."""
    tables = {
        "people": "marts.customer_360",
        "sales lines": "core.fct_order_lines",
        "newsletter events": "core.fct_newsletter_events",
        "web events": "core.fct_web_events",
    }
    with duckdb.connect(str(settings_of(folder).places.analytics), read_only=True) as connection:
        return {
            label: connection.execute(f"select count(*) from {table}").fetchall()[0][0]
            for label, table in tables.items()
        }
