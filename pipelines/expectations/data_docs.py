"""Data Docs: Great Expectations' own rendering of the results of a run, as pages that need nothing from anywhere else.

Great Expectations' page frame and index load styles and scripts from six other hosts; the sections are its own, the
frame is ours. Counts and row numbers only.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from html import escape
from pathlib import Path

from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaSectionView

from pipelines.expectations.gx_on_duckdb import UNEXPECTED_ROWS
from pipelines.expectations.results import Judged, RuleResult

_STYLE = Path(__file__).with_name("data_docs.css")


def write_data_docs(judged: Sequence[Judged], folder: Path, version: str, as_of: date) -> None:
    """An index and a page for each, in a folder that is there and empty."""
    (folder / "index.html").write_text(_index(judged, version, as_of), encoding="utf-8")
    for one in judged:
        (folder / one.file).write_text(_page(one, version, as_of), encoding="utf-8")


def _page(judged: Judged, version: str, as_of: date) -> str:
    results = [_rendered(result) for result in judged.results]
    document = ValidationResultsPageRenderer().render(
        ExpectationSuiteValidationResult(
            success=all(result.success for result in judged.results),
            results=results,
            suite_name=judged.name,
            statistics={
                "evaluated_expectations": None,
                "successful_expectations": None,
                "unsuccessful_expectations": None,
                "success_percent": None,
            },
            meta={"run_id": RunIdentifier(version, datetime.combine(as_of, time(), UTC))},
        )
    )
    view = DefaultJinjaSectionView()
    sections = [
        view.render({"section": section, "section_loop": {"index": number}})
        # The first is an overview, with links into a site that is not there.
        for number, section in enumerate(document.to_json_dict()["sections"][1:], 1)
    ]
    back = '<p><a href="index.html">All that was judged</a></p>'
    found = f"{len(results)} rules, {judged.broken('error')} errors, {judged.broken('warning')} warnings."
    said = f"<p>{escape(judged.description)}</p><p>{found}</p>"
    return _framed(f"{judged.name}, {version}", [back, said, *sections])


def _rendered(result: RuleResult) -> ExpectationValidationResult:
    """A result as Great Expectations keeps it, with the sentence of the rule for its own wording."""
    named = ", ".join(map(str, result.row_numbers))
    numbers = f" ({result.numbered_by} {named}{', ...' if len(result.row_numbers) < (result.unexpected_count or 0) else ''})"
    observed = result.problem or f"{result.total_count:,} rows judged"
    if result.unexpected_count:
        observed = f"{result.unexpected_count:,} of {result.total_count:,} rows{numbers if named else ''}"
    arguments: Mapping[str, str] = {"column": result.column} if result.column else {}
    return ExpectationValidationResult(
        success=result.success,
        expectation_config=ExpectationConfiguration(
            type=UNEXPECTED_ROWS,
            kwargs={"found": "", **arguments},
            description=escape(f"{result.rule} ({result.severity})"),  # nobody else does
        ),
        result={"observed_value": escape(observed)},
        exception_info={"raised_exception": False, "exception_message": None, "exception_traceback": None},
    )


def _index(judged: Sequence[Judged], version: str, as_of: date) -> str:
    rows = [
        f'<tr><td class="{_state(one)[0]}">{_state(one)[1]}</td><td><a href="{escape(one.file)}">{escape(one.name)}</a></td>'
        f"<td>{len(one.results)}</td><td>{one.broken('error') or ''}</td><td>{one.broken('warning') or ''}</td></tr>"
        for one in judged
    ]
    table = (
        '<table class="table"><thead><tr><th></th><th>judged</th><th>rules</th><th>errors</th><th>warnings</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
    said = (
        f"<p>What Great Expectations found in the newest load of each feed and in the tables of version {escape(version)}, "
        f"as of {as_of}. A broken error holds a load or stops publishing; a broken warning is shown. No page quotes a "
        "value of the data.</p>"
    )
    return _framed(f"Data Docs of {version}", [said, table])


def _state(judged: Judged) -> tuple[str, str]:
    if judged.broken("error"):
        return "text-danger", "✘"
    return ("text-warning", "!") if judged.broken("warning") else ("text-success", "✓")


def _framed(title: str, parts: Sequence[str]) -> str:
    style, body = _STYLE.read_text("utf-8"), "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>\n{style}</style></head>\n<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )
