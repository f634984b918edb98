"""Texts in a form that a spreadsheet shows and does not run, for CSV files.

Excel, LibreOffice Calc and Google Sheets take a cell that begins with =, +, - or @ for a formula, behind a tab, a carriage
return, white space or a quote too, and in their full-width forms; a semicolon, tab or line break within a value begins
another cell where that is the separator of the country (OWASP, "CSV Injection"; CWE-1236).
"""

# White space and what no one sees, quotes, and what begins a formula.
_UNSEEN = (
    r"\s\x{0}-\x{20}\x{a0}\x{ad}\x{1680}\x{2000}-\x{200f}\x{2028}-\x{202f}\x{205f}-\x{2064}\x{3000}\x{feff}"
)
_QUOTES = r"\x22\x27\x60\x{b4}\x{2018}\x{2019}\x{201c}\x{201d}"
# Then the full-width forms, the small ones, and the minus of mathematics.
_BEGINS = r"=+@\-\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}\x{fe66}\x{fe62}\x{fe63}\x{fe6b}\x{2212}"


def as_shown(column: str) -> str:
    """SQL of a text as a cell that runs nothing: an apostrophe stands before what would be run.

    A telephone number in E.164 form (+31612345678), which as a formula is itself, stays.
    """
    runs = rf"(^|[;\t\r\n])([{_UNSEEN}{_QUOTES}]*[{_BEGINS}]|[\t\r\n])"
    return (
        rf"case when regexp_full_match({column}, '\+[0-9]{{6,15}}') then {column} "
        rf"else regexp_replace({column}, '{runs}', '\1''\2', 'g') end"
    )
