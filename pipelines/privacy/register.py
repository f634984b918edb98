"""The record of processing activities (GDPR article 30), from the contracts, the policies and the ledger of exports."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from pipelines.campaigns.ledger import read_exports
from pipelines.contracts import CONTACT_BLOCK, FREE_TEXT, Contract
from pipelines.contracts.policies import Controller, read_controller
from pipelines.settings import Settings

_CATEGORIES = {
    "name": ("given_name", "family_name", "full_name"),
    "e-mail and telephone": ("email", "phone"),
    "postal address": ("street", "house_number", "postcode", "city", "country"),
    "birth date and gender": ("birth_date", "gender"),
    "numbers given by us or a source": ("record_id", "customer_number"),
    "work": ("company_name", "company_number", "vat_number", "job_title"),
    "household, income, occupation": ("occupation", "income_band", "household_size", "marital_status"),
    "interests": ("interests",),
    "online identifiers": ("cookie_id", "social_profile"),
    "language": ("language",),
    "free text": FREE_TEXT,
}
_BEHAVIOUR = {
    "form_submissions": "what was asked for in forms",
    "newsletter_events": "newsletters sent, opened, clicked",
    "sales": "orders, amounts, returns",
    "web_events": "pages and products seen",
    "support_tickets": "tickets and satisfaction",
    "interactions": "meetings and calls of the sales team",
    "survey_responses": "answers to surveys",
    "consents": "consents, withdrawals, objections",
    "suppressions": "entries of do-not-contact lists",
    "list_prospects": "target groups of list providers",
    "companies": "entries of company registers",
}
_PEOPLE = {
    "list_prospects": "prospects",
    "companies": "sole traders and contacts of companies",
    "suppressions": "people who do not want to be contacted",
    "interactions": "business contacts",
    "sales": "customers",
}
_GROUNDS = {
    "consent": "consent (art. 6(1)(a))",
    "contract": "contract (art. 6(1)(b))",
    "legal_obligation": "legal obligation (art. 6(1)(c))",
    "legitimate_interest": "legitimate interest (art. 6(1)(f))",
}
# Kinds without a declared permission have a ground of their own.
_OWN_GROUNDS = {
    "consents": ("proof of permission", "legal obligation (art. 6(1)(c), art. 7(1))"),
    "suppressions": ("respect of refusals", "legal obligation (art. 6(1)(c), art. 21(3))"),
    "web_events": ("knowing what visitors look for", "none declared"),
    "companies": ("knowing business customers", "none declared"),
}
SAFEGUARDS = (
    "Names, addresses, e-mail and telephone are kept apart from facts; the database of analysts holds none of them.",
    "Contact only by permission of the person for that contact point and purpose; every list for sending is on record.",
    "Special categories of data that no contract declares are dropped on arrival; minors are in no segment by default.",
    "Profiles past their retention, and those of bought lists whose licence has ended, are reduced to a number.",
    "Refusals are kept apart with what they name, as long as they refuse; of somebody erased as keyed digests of contact points.",
    "Access and erasure by command; erasures are searched for afterwards and a signed receipt is kept.",
    "Versions are checked before they are published; files of results are write-protected, answers readable by one user.",
)


def processing_register(settings: Settings, contracts: Sequence[Contract]) -> dict[str, Any]:
    """The register: one activity per feed about people, the recipients of exports, the safeguards."""
    exports = read_exports(settings.places)
    declared = read_controller(settings.sources) or Controller(
        controller="enter name and contact details of the company in policies/controller.yml",
        data_protection_officer="enter those of the data protection officer there too",
    )
    recipients = Counter((export.channel, export.purpose) for export in exports)
    return {
        "as_of": settings.as_of.isoformat(),
        "controller": declared.controller,
        "data_protection_officer": declared.data_protection_officer,
        "activities": [_activity(contract) for contract in contracts if contract.spec.has_contact_block],
        "recipients": [
            {"channel": channel, "purpose": purpose, "exports": count}
            for (channel, purpose), count in sorted(recipients.items())
        ],
        "transfers_to_third_countries": declared.third_countries
        or "none by Stamgast itself; enter those of the recipients of exports in policies/controller.yml",
        "safeguards": list(SAFEGUARDS),
    }


def _activity(contract: Contract) -> dict[str, Any]:
    held = {*contract.targets, *contract.defaults}
    categories = [words for words, columns in _CATEGORIES.items() if held & set(columns)]
    permission = contract.permission
    purpose, ground = _OWN_GROUNDS.get(contract.kind, ("none declared", "none declared"))
    if permission is not None:
        purpose, ground = permission.purpose, _GROUNDS[permission.basis]
        if permission.soft_opt_in:
            purpose += f"; to own customers until they refuse: {', '.join(permission.soft_opt_in)}"
    activity: dict[str, Any] = {
        "feed": contract.feed,
        "what": contract.description,
        "owner": contract.owner,
        "purpose": purpose,
        "legal_basis": ground,
        "people": _PEOPLE.get(contract.kind, "customers and prospects"),
        "data": [*categories, _BEHAVIOUR[contract.kind]],
        "personal_columns": sorted(held & {*CONTACT_BLOCK, *FREE_TEXT}),
        "special_categories": [special.category for special in contract.special_categories],
        "source": "the person, or our own staff and systems",
        "kept_for": contract.retention,
    }
    if contract.licence is not None:
        licence = contract.licence
        activity |= {
            "source": f"bought from {licence.provider}",
            "licence": f"{licence.valid_from} to {licence.valid_until} for {', '.join(licence.purposes)} by "
            f"{', '.join(licence.channels)} in {', '.join(licence.countries)}; values go {licence.erase_after} after",
        }
    return activity


def as_json(register: dict[str, Any]) -> str:
    """The register as JSON."""
    return json.dumps(register, indent=1, ensure_ascii=False) + "\n"


def as_markdown(register: dict[str, Any]) -> str:
    """The register as a Markdown page."""
    lines = [
        "# Record of processing activities (GDPR, article 30)",
        "",
        f"As of {register['as_of']}.",
        "",
        f"- Controller: {register['controller']}",
        f"- Data protection officer: {register['data_protection_officer']}",
        "",
    ]
    for activity in register["activities"]:
        lines += [f"## {activity['feed']}", "", activity["what"], ""]
        rows = {
            "purpose": activity["purpose"],
            "legal basis": activity["legal_basis"],
            "people": activity["people"],
            "data": "; ".join(activity["data"]),
            "special categories": ", ".join(activity["special_categories"]) or "none",
            "source": activity["source"],
            "licence": activity.get("licence"),
            "kept for": activity["kept_for"],
            "owner": activity["owner"],
        }
        lines += [
            "| | |",
            "|---|---|",
            *(f"| {name} | {value} |" for name, value in rows.items() if value),
            "",
        ]
    lines += ["## Recipients", ""]
    lines += [
        f"- {recipient['channel']} for {recipient['purpose']}: {recipient['exports']} lists (ledger/exports)"
        for recipient in register["recipients"]
    ] or ["None so far: no list was exported."]
    lines += ["", f"Third countries: {register['transfers_to_third_countries']}.", "", "## Safeguards", ""]
    lines += [f"- {safeguard}" for safeguard in register["safeguards"]]
    return "\n".join(lines) + "\n"
