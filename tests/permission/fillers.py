"""A row in each file of objects that says nothing: a key that no object of a file has would be a wrong file."""

from tests.permission.company import Company
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
