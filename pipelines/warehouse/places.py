"""Every place of the warehouse: where each file lives is said here and nowhere else."""

from pathlib import Path

# Peak memory of one DuckDB connection: with Python beside it under 4 GB, for machines of 8.
MEMORY_LIMIT = "3.5GB"


class Places:
    """Every place under the warehouse folder, the file with its key, if it is encrypted, and how DuckDB opens it there."""

    def __init__(self, root: Path, key_file: Path | None = None, memory_limit: str = MEMORY_LIMIT) -> None:
        self.root = root
        self.key_file = key_file
        self.memory_limit = memory_limit
        self.lock = root / ".lock"
        self.dagster_home = root / "dagster"
        # Landed once and never changed but by an erasure: a folder per kind, feed and load; rows that were quarantined.
        self.raw = root / "raw"
        self.quarantine = root / "quarantine"
        # What cannot be made again from what was landed.
        self.ledger = root / "ledger"
        self.plain_key = self.ledger / "key"
        self.sealed_key = self.ledger / "sealed_key"
        # There while the key of the warehouse is being changed: the secret of the hashes, sealed with the new key.
        self.rotating = self.ledger / "rotating"
        self.deliveries = self.ledger / "deliveries"
        self.refused = self.ledger / "refused"
        self.models = self.ledger / "models"
        self.exports = self.ledger / "exports"
        self.erasures = self.ledger / "erasures"
        # Why requests for access were answered in spite of contradictions.
        self.answers = self.ledger / "answers"
        self.redacted_profiles = self.ledger / "shells"
        self.versions = self.ledger / "versions"
        # Deleted, it is made again.
        self.build = root / "build"
        self.analytics = self.build / "analytics.duckdb"
        self.customers = self.build / "customers.duckdb"
        self.scratch = self.build / "scratch.duckdb"
        # The resolution state of the last run (identity/resolution_state.py).
        self.identity = self.build / "identity.duckdb"
        self.build_state = self.build / "build_state.json"
        self.fingerprints = self.build / "fingerprints.json"
        self.dbt = self.build / "dbt"
        self.rules = self.build / "rules"
        self.audits = self.build / "audits"
        self.troubles = self.build / "troubles"
        self.data_docs = self.build / "data_docs"
        self.earlier_days = self.build / "as_of"
        self.preview = self.build / "preview"
        self.empty = self.build / "empty"
        self.staging = self.build / "landing"
        self.temp = self.build / "temp"
        # What readers see.
        self.published = root / "published"
        self.current = root / "current"

    def index(self, name: str) -> Path:
        """A file of the build about what is landed, which dbt reads as raw.<name>."""
        return self.build / f"{name}.parquet"

    def history(self, name: str) -> Path:
        """The folder of a history that each version continues."""
        return self.ledger / name
