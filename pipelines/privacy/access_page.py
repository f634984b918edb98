"""The answer to a request for access as one self-contained HTML page."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_TITLES = {
    "processing": (
        "What it is for",
        "Each source that knows you: its purpose, ground, and how long it is kept.",
    ),
    "golden_record": ("What we take to be right", "One record, made of all below."),
    "values": (
        "Every value, and why it won or lost",
        "Which source said it, when, and the rule that decided.",
    ),
    "records": ("Your details as they were sent", "One row per source and set of details."),
    "facts": ("What happened", "Orders, forms, newsletters, visits and the like, with file, load and row."),
    "refusals": (
        "What you refused, as it was sent",
        "Every row that may refuse is kept apart from its load, also one that could not be read or was not accepted.",
    ),
    "quarantined": ("What could not be read", "Rows and cells that were quarantined as they were sent."),
    "permissions": ("May we contact you", "Per channel and purpose, with the event or rule that says so."),
    "permission_events": (
        "Consents, withdrawals and objections",
        "Of consents, newsletters and suppression lists; what another record permits by itself stands above.",
    ),
    "wordings": ("What you agreed to", "Each consent with the text it was given under."),
    "segments": ("Groups you are in, and why", ""),
    "segment_history": ("Groups you were in", ""),
    "exports": ("Lists for sending that held you", "Who wrote them, when and why."),
    "household": ("Household", ""),
    "employers": ("Employers", ""),
    "products": ("Products", ""),
    "links": ("Why these records are taken to be you", ""),
    "number_history": ("What became of your number", ""),
}
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#222}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.2rem;border-bottom:1px solid #ccc}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem}
th,td{border:1px solid #ddd;padding:.25rem .5rem;text-align:left;vertical-align:top}
td{white-space:pre-line}
th{background:#f3f3f3;white-space:nowrap}p{max-width:50rem}
"""
_ACROSS = 40


def as_page(answer: Mapping[str, Any]) -> str:
    """The page of an answer of access.answer_access."""
    sections = "".join(
        _section(title, note, answer[part]) for part, (title, note) in _TITLES.items() if part in answer
    )
    return (
        "<!doctype html>\n<html lang=en><meta charset=utf-8><meta name=robots content=noindex>"
        f"<title>All that is held on person {answer['person']}</title><style>{_STYLE}</style>"
        f"<h1>All that is held on person {answer['person']}</h1>"
        f"<p>As of {escape(str(answer['as_of']))}, version {escape(str(answer['version']))}. The file beside this one says "
        "the same for machines. You may have what is wrong corrected, have it erased, object to its use for marketing, take "
        "the data elsewhere, and complain to the supervisory authority (GDPR, articles 15 to 21 and 77).</p>"
        f"{sections}</html>\n"
    )


def _section(title: str, note: str, rows: Sequence[Mapping[str, Any]]) -> str:
    head = f"<h2>{escape(title)}</h2>" + (f"<p>{escape(note)}</p>" if note else "")
    if not rows:
        return head + "<p>Nothing.</p>"
    columns = list(dict.fromkeys(column for row in rows for column in row))
    if len(rows) == 1 or len(columns) > _ACROSS:
        return head + "".join(_upright(row) for row in rows)
    cells = "".join(
        "<tr>" + "".join(f"<td>{_cell(row.get(column))}</td>" for column in columns) + "</tr>" for row in rows
    )
    header = "".join(f"<th>{escape(_words(column))}</th>" for column in columns)
    return f"{head}<div class=scroll><table><tr>{header}</tr>{cells}</table></div>"


def _upright(row: Mapping[str, Any]) -> str:
    lines = "".join(
        f"<tr><th>{escape(_words(column))}</th><td>{_cell(value)}</td></tr>" for column, value in row.items()
    )
    return f"<div class=scroll><table>{lines}</table></div><br>"


def _words(column: str) -> str:
    return column.replace("_", " ")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return escape(", ".join(map(str, value)))
    return escape(str(value))
