"""Tests of running the job in process."""
