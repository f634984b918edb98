"""Duties towards the people behind the records: what must go, and when."""
