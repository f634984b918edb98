"""Rows that no history has: one in each file of objects, where a key that none has would be a wrong file; and strangers."""

from datetime import date

from tests.permission.company import Company, Slot
from tests.permission.delivered import Row
from tests.permission.feeds import WHO
from tests.permission.values import Values

_WORDS = {
    "newsletter": {"event": "send", "list": "weekly"},
    "shop_consents": {"action": "grant", "purpose": "offers"},
}


def add_fillers(company: Company, own: int) -> None:
    """One row under ("filler", file) in each file of JSON lines; `own` is a number of values that is free."""
    slots = [slot for slot in company.rows if company.contracts[slot.feed]["files"]["format"] == "jsonl"]
    for place, slot in enumerate(slots):
        values = Values(own + place)
        names = ("name",) if slot.feed == "newsletter" else ("given", "family")
        cells = {column: "filler" for column in (*names, *WHO) if column not in ("given", "family")}
        cells |= dict.fromkeys(names, "Filler") | {
            "mail": values.email(0),
            "born": "",
            "country": "NL",
            "tel": "",
        }
        cells |= {"id": f"filler-{values.own}", "at": "2026-06-01T10:00:00Z"} | _WORDS[slot.feed]
        cells |= {"channel": "email", "sure": "", "text": "w1"} if slot.feed == "shop_consents" else {}
        cells |= {"member": values.record_id(0), "number": values.customer_number(0)}
        company.add(("filler", place), Row(slot.feed, cells), slot)


def add_strangers(company: Company, own: int) -> None:
    """Under ("strangers", "") a file of their own in which four refuse: two of whom nothing else is known, one twice."""
    refusing = Slot("mailings", date(2026, 6, 20), "_strangers")
    for number, mailbox in enumerate((0, 1, 1, 2, 3)):
        cells = {
            "mail": Values(own).email(mailbox),
            "event": "unsubscribe",
            "list": "weekly",
            "country": "NL",
        }
        cells |= {"id": f"stranger-{number}", "at": f"2026-06-19T1{number}:00:00Z"}
        company.add(("strangers", ""), Row("mailings", cells), refusing)
    # Of two entries of a list one is about somebody who took part in a contest.
    listed = Slot("suppressions", date(2026, 6, 20), "_strangers")
    for number, mailbox in enumerate((3, 4), start=7):
        cells = {
            "mail": Values(own).email(mailbox),
            "reason": "own_request",
            "at": "2026-06-19",
            "id": f"stranger-{number}",
        }
        company.add(("strangers", ""), Row("suppressions", cells), listed)
    # One who was mailed before, and one who took part in a contest.
    mailed = {
        "mail": Values(own).email(2),
        "event": "send",
        "list": "weekly",
        "country": "NL",
        "id": "stranger-5",
    }
    company.add(("strangers", ""), Row("mailings", mailed | {"at": "2026-06-18T10:00:00Z"}), refusing)
    entered = {"mail": Values(own).email(3), "form": "contest", "country": "NL", "id": "stranger-6"}
    contest = Slot("contest", date(2026, 6, 20), "_strangers")
    company.add(("strangers", ""), Row("contest", entered | {"at": "2026-06-18T10:00:00Z"}), contest)
