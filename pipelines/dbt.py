"""What dbt has to be told from outside, and its manifest, kept as new as the project's files."""

import os
import subprocess
import sys
from pathlib import Path

from pipelines.errors import StamgastError
from pipelines.publishing import segment_history_file
from pipelines.settings import DBT_PROJECT, Settings

MANIFEST = DBT_PROJECT / "target" / "manifest.json"
SEGMENTS = DBT_PROJECT / "models" / "segments"


def segment_names() -> list[str]:
    """The segments there are: one SQL file each."""
    return sorted(path.stem for path in SEGMENTS.glob("*.sql"))


def dbt_environment(settings: Settings) -> dict[str, str]:
    """The environment dbt runs in."""
    history = segment_history_file(settings.places)
    return settings.environment | {
        "STAMGAST_SEGMENTS": ",".join(segment_names()),
        "STAMGAST_SEGMENT_HISTORY": str(history) if history else "",
        # A test of several models waits for all of them; the singular ones have a step of their own.
        "DBT_INDIRECT_SELECTION": "cautious",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def _project_files() -> list[Path]:
    folders = [DBT_PROJECT / folder for folder in ("models", "macros", "tests")]
    files = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    return [*files, DBT_PROJECT / "dbt_project.yml", DBT_PROJECT / "profiles.yml"]


def fresh_manifest(settings: Settings) -> Path:
    """The path of dbt's manifest, parsed again when a file of the project is newer.

    Raises StamgastError: dbt cannot parse the project.
    """
    newest = max(path.stat().st_mtime for path in _project_files() if path.exists())
    if not MANIFEST.exists() or MANIFEST.stat().st_mtime < newest:
        parsed = subprocess.run(
            [
                sys.executable,
                "-m",
                "dbt.cli.main",
                "--quiet",
                "parse",
                "--project-dir",
                str(DBT_PROJECT),
                "--profiles-dir",
                str(DBT_PROJECT),
            ],
            env=os.environ | dbt_environment(settings),
            capture_output=True,
            text=True,
            check=False,
        )
        if parsed.returncode:
            raise StamgastError(
                f"dbt cannot parse {DBT_PROJECT.name}: {' '.join(parsed.stdout.split())[-600:]}"
            )
    return MANIFEST
