"""The assets, checks, job and schedule of the pipeline; each thin around a pure function."""
