"""Loads made by hand, for tests that land no file."""

from datetime import date
from typing import Any

from pipelines.landing.loads import Load
from pipelines.landing.statistics import Statistics


def hand_made_load(feed: str, kind: str, as_of: date, number: int = 1, **given: Any) -> Load:
    """An accepted load of no rows; whatever is `given` replaces that."""
    defaults: dict[str, Any] = {
        "file": f"files/{feed}/{number}.csv", "fingerprint": f"f{number}", "contract": "", "status": "accepted",
        "delivery": "append", "snapshot_date": None, "rows_read": 0, "rows_accepted": 0, "rows_quarantined": 0,
        "rows_suppressed": 0, "quarantined_by_reason": {}, "newest_event_at": None, "last_event_at": None, "rows_ahead": 0,
        "first_profile_id": None, "last_profile_id": None, "rules_failed": [], "rules_warned": [],
        "statistics": Statistics(rows=0, distinct_keys=0, filled={}, magnitudes={}, codes={}),
    }  # fmt: skip
    return Load(load_number=number, feed=feed, kind=kind, as_of=as_of, **(defaults | given))
