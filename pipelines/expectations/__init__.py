"""What must hold on arrival and before publishing: suites in YAML, run by Great Expectations on DuckDB."""
