"""The feeds of the histories: contracts as they would stand in `sources`, of every kind that grants or refuses."""

from typing import Any

WHO = {
    "member": "record_id", "number": "customer_number", "given": "given_name", "family": "family_name", "mail": "email",
    "tel": "phone", "street": "street", "house": "house_number", "zip": "postcode", "city": "city", "country": "country",
    "company": "company_name", "born": "birth_date",
}  # fmt: skip
_CONSENT = {
    "id": "record_key", "action": "consent_action", "purpose": "purpose", "channel": "channel", "sure": "is_confirmed",
    "text": "wording_version",
}  # fmt: skip
_LIST = {"id": "record_key", "channel": "channel", "purpose": "purpose", "reason": "reason"}
_INTEREST = {"purpose": "offers", "channels": ["email", "phone", "post"], "basis": "legitimate_interest"}
_LICENCE = {
    "provider": "Lists", "purposes": ["offers"], "channels": ["post", "phone"], "countries": ["NL", "SE"],
    "valid_from": "2026-01-01", "valid_until": "2026-12-31",
}  # fmt: skip
AMSTERDAM = "Europe/Amsterdam"


def contract(feed: str, kind: str, columns: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """A contract of CSV files with a key `id` and a time `at`, both changed by what is given."""
    given: dict[str, Any] = {
        "feed": feed, "kind": kind, "description": "A feed of the tests.", "owner": "team:privacy",
        "files": {"glob": f"files/{feed}/**/*.csv", "format": "csv", "encoding": "utf-8", "delimiter": ","},
        "key": ["id"], "event_time": {"column": "at"}, "freshness": {"warn_after": "300d", "error_after": "900d"},
        "columns": columns,
    }  # fmt: skip
    given |= keys
    if given["files"]["format"] == "jsonl":
        given["files"] = {"glob": f"files/{feed}/**/*.jsonl", "format": "jsonl"}
    if given.get("delivery") == "snapshot":
        given["snapshot_date"] = {"filename": f"{feed}_%Y%m%d.csv"}
    return {key: value for key, value in given.items() if value is not None}


_JSON = {"format": "jsonl"}
_SNAPSHOT: dict[str, Any] = {"delivery": "snapshot"}
_FLAG = {
    "key": ["member"], "event_time": None, "defaults": {"purpose": "newsletter", "channel": "email"}, **_SNAPSHOT,
}  # fmt: skip
_MEMBER = WHO | {"member": ["record_key", "record_id"]}
_EVENTS = {"id": "record_key", "event": "event_type", "list": "newsletter", **WHO}
_NAMED = {key: value for key, value in _EVENTS.items() if key not in ("given", "family")} | {
    "name": "full_name"
}

FEEDS: dict[str, dict[str, Any]] = {
    one["feed"]: one
    for one in (
        contract("consents", "consents", _CONSENT | WHO, double_opt_in=["email"]),
        contract(
            "shop_consents", "consents", _CONSENT | WHO, files=_JSON, event_time={"column": "at", "timezone": AMSTERDAM},
            number_space="webshop",
        ),
        contract("login_consents", "consents", _CONSENT | WHO, confirmed_by="login"),
        contract(
            "accepts", "consents", _MEMBER | {"flag": {"to": "consent_action", "values": {"yes": "grant", "no": "withdraw"}}},
            **_FLAG,
        ),
        contract(
            "optouts", "consents", _MEMBER | {"flag": {"to": "consent_action", "values": {"0": "grant", "1": "withdraw"}}},
            opt_out=True, **_FLAG,
        ),
        contract(
            "newsletter", "newsletter_events", _NAMED, files=_JSON, double_opt_in=["email"],
            permission={"purpose": "newsletter", "channels": ["email"], "basis": "consent"},
        ),
        contract(
            "mailings", "newsletter_events", _EVENTS, event_time={"column": "at", "timezone": AMSTERDAM},
            permission={"purpose": "offers", "channels": ["email"], "basis": "consent"},
        ),
        contract("bulk", "newsletter_events", _EVENTS),
        contract(
            "suppressions", "suppressions", _LIST | WHO,
            files={"glob": "files/suppressions/**/*.csv", "format": "csv", "delimiter": ","},
            event_time={"column": "at", "format": ["%d-%m-%Y", "%Y-%m-%d"], "timezone": AMSTERDAM},
        ),
        contract("blocklist", "suppressions", _LIST | WHO, **_SNAPSHOT),
        contract(
            "contest", "form_submissions", {"id": "record_key", "form": "form_type"} | WHO,
            permission=_INTEREST | {"basis": "consent", "channels": ["email"]},
        ),
        contract("request", "form_submissions", {"id": "record_key", "form": "form_type"} | WHO, permission=_INTEREST),
        contract(
            "orders", "sales", {"id": ["record_key", "order_id"], "total": "amount"} | WHO, defaults={"currency": "EUR"},
            permission={
                "purpose": "service", "channels": ["email", "phone", "post"], "basis": "contract", "soft_opt_in": ["offers"],
            },
            number_space="webshop",
        ),
        contract("crm", "list_prospects", {"id": "record_key"} | WHO, permission=_INTEREST),
        contract("list", "list_prospects", {"id": "record_key"} | WHO, permission=_INTEREST, licence=_LICENCE),
        contract(
            "old_list", "list_prospects", {"id": "record_key"} | WHO, permission=_INTEREST,
            licence=_LICENCE | {"valid_until": "2026-06-29"},
        ),
    )
}  # fmt: skip
