"""What Dagster finds: everything under `defs/`, run in one process."""

from pathlib import Path

import dagster as dg
from dagster import load_from_defs_folder

from pipelines.resources import resources


@dg.definitions
def definitions() -> dg.Definitions:
    """The pipeline; in one process, since two would fight over DuckDB's file lock."""
    return dg.Definitions.merge(
        load_from_defs_folder(path_within_project=Path(__file__).parent),
        dg.Definitions(resources=resources(), executor=dg.in_process_executor),
    )
