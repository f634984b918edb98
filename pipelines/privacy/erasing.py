"""Carries out planned erasures in raw, quarantine, ledger and overrides; may be killed at any moment, the next call continues.

Every file is replaced whole by one without the people. Facts stay without their person, so totals do not change.
"""

import csv
import io
from pathlib import Path

import duckdb

from pipelines.campaigns.ledger import exports_folder
from pipelines.contracts import KINDS
from pipelines.errors import StamgastError
from pipelines.identity.decisions.overrides import COLUMNS, overrides_file, parse_overrides, read_text
from pipelines.landing.damage import replace_file
from pipelines.landing.loads import Load, read_loads
from pipelines.landing.refusals import refusal_files
from pipelines.normalising.point_digests import digests_of_row, point_digest
from pipelines.privacy.personal_columns import REFUSAL_COLUMNS, Nature
from pipelines.privacy.planning import open_erasures, plan_file
from pipelines.privacy.redacted_profiles import redaction_files
from pipelines.privacy.search_terms import find_named
from pipelines.privacy.tombstones import POINTS
from pipelines.privacy.word_macros import add_word_macros
from pipelines.warehouse.database import as_parquet, connect, name, read_parquet, text
from pipelines.warehouse.erasure_secret import digest, erasure_secret, use_erasure_secret
from pipelines.warehouse.files import remove, write_atomically
from pipelines.warehouse.places import Places

_PLANNED = ("due", "cookies", "cells", "quarantined", "accounts", "search_terms", "refusing")
_NOT_DERIVED = "fingerprints.json"


def finish_rewriting(places: Places) -> int:
    """Finishes in the landed files what an erasure that was killed left undone; returns the files rewritten."""
    if not open_erasures(places):
        return 0
    return rewrite_landed(places, erasure_secret(places))


def rewrite_landed(places: Places, secret: bytes) -> int:
    """Removes the people of every open plan from loads, refusals, quarantine and ledger; returns the files rewritten."""
    rewritten = 0
    for folder in open_erasures(places):
        with connect(places) as connection:
            use_erasure_secret(connection, secret)
            add_word_macros(connection)
            for table in _PLANNED:
                connection.execute(
                    f"create temp table {table} as from {read_parquet(places, plan_file(folder, table))}"
                )
            loads = read_loads(places)
            touched = _touched(connection)
            for load in loads:
                rewritten += _rewrite_profiles(connection, places, load.folder(places) / "profiles.parquet")
                rewritten += _rewrite_facts(connection, load, places, touched)
                rewritten += _rewrite_quarantine(connection, load, places)
            for path in refusal_files(places):
                rewritten += _rewrite_refusals(connection, places, path)
            rewritten += _rewrite_ledger(connection, places)
    return rewritten


def _touched(connection: duckdb.DuckDBPyConnection) -> set[int]:
    """Numbers of the loads in which single texts are to be emptied."""
    return {row[0] for row in connection.execute("select distinct load_number from cells").fetchall()}


def _replace(connection: duckdb.DuckDBPyConnection, places: Places, path: Path, query: str) -> None:
    draft = path.with_name(f".{path.name}")
    connection.execute(f"copy ({query}) to {text(draft)} {as_parquet(places)}")
    draft.chmod(path.stat().st_mode & 0o777)
    replace_file(places, draft, path)


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(f"select count(*) from ({query})").fetchall()[0][0])


def _columns(connection: duckdb.DuckDBPyConnection, places: Places, path: Path) -> list[str]:
    return [row[0] for row in connection.execute(f"describe from {read_parquet(places, path)}").fetchall()]


def _rewrite_profiles(connection: duckdb.DuckDBPyConnection, places: Places, path: Path) -> bool:
    """Removes the rows of the people; a reduced profile keeps its number, feed and shared contact points."""
    if not path.exists():
        return False
    held = f"select profile_id, block_hash from {read_parquet(places, path)}"
    gone = f"from ({held}) semi join (from due where not is_reduced) using (profile_id)"
    whole = f"from ({held}) as held semi join (from due where is_reduced) using (profile_id) where block_hash is not null"
    if not _count(connection, gone) and not _count(connection, whole):
        return False
    kept = {column: kind for kind, columns in POINTS.items() for column in columns}
    cleared = []
    for column in _columns(connection, places, path):
        if column in ("profile_id", "feed"):
            continue
        kind = "address" if column == "postcode_area" else kept.get(column.removesuffix("_clean"))
        # In normal form, since the spelling may identify this person.
        shared = column if column == "postcode_area" or column.endswith("_clean") else f"{column}_clean"
        keeps = f"when due.keeps_{kind} then held.{name(shared)} " if kind else ""
        cleared.append(
            f"case when due.profile_id is null then held.{name(column)} {keeps}end as {name(column)}"
        )
    _replace(
        connection,
        places,
        path,
        f"""
        select held.* replace ({", ".join(cleared)})
        from {read_parquet(places, path)} as held
        left join due on held.profile_id = due.profile_id
        where due.profile_id is null or due.is_reduced
        order by held.profile_id
        """,
    )
    return True


def _rewrite_facts(
    connection: duckdb.DuckDBPyConnection, load: Load, places: Places, touched: set[int]
) -> bool:
    """Removes profile, cookie, visit and free text from the facts of the people; row keys stay."""
    path = load.folder(places) / "facts.parquet"
    if not path.exists() or not KINDS[load.kind].has_contact_block:
        return False
    read = read_parquet(places, path)
    concerned = f"""
        select 1 from {read} as held
        where profile_id in (select profile_id from due) or cookie_key in (select cookie_key from cookies)
    """
    if load.load_number not in touched and not _count(connection, concerned):
        return False
    held_columns = _columns(connection, places, path)
    replaced = _without_people(connection, load, touched)
    chosen = ", ".join(
        f"{sql} as {name(column)}" for column, sql in replaced.items() if column in held_columns
    )
    _replace(
        connection,
        places,
        path,
        f"""
        select held.* replace ({chosen})
        from {read} as held
        left join due on held.profile_id = due.profile_id
        left join cookies on held.cookie_key = cookies.cookie_key
        order by held.row_number
        """,
    )
    return True


def _without_people(connection: duckdb.DuckDBPyConnection, load: Load, touched: set[int]) -> dict[str, str]:
    """Column -> SQL for its value in the facts of a load after the erasure; of columns that change."""
    theirs = "due.profile_id is not null"
    visit = "(due.profile_id is not null or cookies.cookie_key is not null)"
    replaced = {
        "profile_id": f"case when not ({theirs}) or due.is_reduced then held.profile_id end",
        "cookie_key": f"case when not {visit} then held.cookie_key end",
        "special_categories": f"case when {theirs} then []::varchar[] else held.special_categories end",
    }
    for column in KINDS[load.kind].columns:
        if column.is_free_text:
            replaced[column.name] = f"case when not ({theirs}) then held.{column.name} end"
        elif column.is_link:
            replaced[column.name] = f"case when not {visit} then held.{column.name} end"
    if load.kind == "consents":
        # An objection holds for the person everywhere; what stays must hold at the shared contact point alone.
        replaced["consent_action"] = (
            "case when due.is_reduced and held.consent_action = 'object' then 'withdraw' else held.consent_action end"
        )
    if load.load_number in touched:
        for (column,) in connection.execute(
            "select distinct column_name from cells where load_number = ?", [load.load_number]
        ).fetchall():
            before = replaced.get(column, f"held.{name(column)}")
            named = (
                f"held.row_number in (select row_number from cells where load_number = {load.load_number} "
                f"and column_name = {text(column)})"
            )
            other = _as_digest("held.record_key") if column == "record_key" else "null"
            replaced[column] = f"case when {named} then {other} else {before} end"
    return replaced


def _rewrite_refusals(connection: duckdb.DuckDBPyConnection, places: Places, path: Path) -> bool:
    """Reduces refusals of the people to what was refused, digests of their contact points, and contact points others share."""
    number = int(path.parent.name)
    named = {
        row[0]
        for row in connection.execute(
            f"select distinct column_name from cells where load_number = {number}"
        ).fetchall()
    } & REFUSAL_COLUMNS.keys()
    if not named and not _count(connection, f"from refusing where load_number = {number}"):
        return False
    gone = "refusing.row_number is not null"
    replaced = {
        column: f"case when not ({gone}) then held.{column} end"
        for column, nature in REFUSAL_COLUMNS.items()
        if nature is Nature.PERSONAL
    }
    for kind in ("email", "phone"):
        kept = f"list_filter(held.{kind}_keys, lambda form: list_contains(refusing.kept, {point_digest(kind, 'form')}))"
        replaced[f"{kind}_keys"] = f"case when {gone} then {kept} else held.{kind}_keys end"
    for kind in ("address", "street"):
        for column in POINTS[kind]:
            replaced[f"{column}_clean"] = (
                f"case when not ({gone}) or refusing.keeps_{kind} then held.{column}_clean end"
            )
    replaced["point_digests"] = f"case when {gone} then {digests_of_row()} else held.point_digests end"
    for column in named:
        before = replaced.get(column, f"held.{column}")
        rows = f"(select row_number from cells where load_number = {number} and column_name = {text(column)})"
        other = _as_digest("held.record_key") if column == "record_key" else "null"
        replaced[column] = f"case when held.row_number in {rows} then {other} else {before} end"
    chosen = ", ".join(f"{sql} as {column}" for column, sql in replaced.items())
    _replace(
        connection,
        places,
        path,
        f"""
        select held.* replace ({chosen})
        from {read_parquet(places, path)} as held
        left join refusing on held.load_number = refusing.load_number and held.row_number = refusing.row_number
        order by held.row_number
        """,
    )
    return True


def _as_digest(key: str) -> str:
    """SQL for the digest of a key, which must stay unique; a key that is a digest already stays as it is."""
    return f"case when regexp_full_match({key}, '[0-9a-f]{{32}}') then {key} else {digest(key)} end"


def _rewrite_quarantine(connection: duckdb.DuckDBPyConnection, load: Load, places: Places) -> int:
    """Empties the texts of quarantined rows and cells; the rows stay counted and can no longer be retried."""
    rewritten = 0
    for file in ("torn", "unread_cells"):
        path = load.quarantine(places) / f"{file}.parquet"
        planned = f"from quarantined where load_number = {load.load_number} and file = {text(file)}"
        if not path.exists() or not _count(connection, planned):
            continue
        same = "held.row_number = gone.row_number"
        if file == "unread_cells":
            same += " and held.column_name = gone.column_name"
        _replace(
            connection,
            places,
            path,
            f"""
            select held.* replace (
                case when not exists (select 1 from ({planned}) as gone where {same}) then held.original end as original
            )
            from {read_parquet(places, path)} as held order by all
            """,
        )
        rewritten += 1
    return rewritten


def _rewrite_ledger(connection: duckdb.DuckDBPyConnection, places: Places) -> int:
    """Removes the numbers of the people from histories, lists of redacted profiles and exports; counts of exports stay."""
    gone = "(select profile_id from due)"
    queries = [
        (path, f"profile_id not in {gone} and coalesce(tied_profile_id not in {gone}, true)")
        for path in redaction_files(places)
    ]
    queries += [
        (path, f"profile_id not in {gone} and person_id not in {gone}")
        for path in sorted((places.history("person_history")).glob("[0-9]*.parquet"))
    ]
    queries += [
        (path, f"person_id not in {gone}")
        for path in sorted(exports_folder(places).glob("[0-9]*/people.parquet"))
    ]
    rewritten = 0
    for path, stays in queries:
        read = read_parquet(places, path)
        if _count(connection, f"select 1 from {read} where not ({stays})"):
            _replace(connection, places, path, f"from {read} where {stays} order by all")
            rewritten += 1
    for path in sorted((places.history("segment_history")).glob("[0-9]*.parquet")):
        read = read_parquet(places, path)
        concerned = f"person_id in {gone} or account_id in (select account_id from accounts)"
        if _count(connection, f"select 1 from {read} where {concerned}"):
            _replace(
                connection,
                places,
                path,
                f"""
                select held.* replace (coalesce(accounts.next_account_id, held.account_id) as account_id)
                from {read} as held
                left join accounts using (account_id)
                where
                    coalesce(held.person_id not in {gone}, true)
                    and (accounts.account_id is null or accounts.next_account_id is not null)
                order by all
                """,
            )
            rewritten += 1
    return rewritten


def rewrite_decisions(places: Places, secret: bytes, sources: Path) -> int:
    """Removes from `overrides/` lines about records of the people and reasons that name them; returns how many.

    Raises StamgastError: a line cannot be read, the file cannot be written.
    """
    changed = 0
    for folder in open_erasures(places):
        with connect(places) as connection:
            use_erasure_secret(connection, secret)
            add_word_macros(connection)
            connection.execute(
                f"create temp table search_terms as from {read_parquet(places, plan_file(folder, 'search_terms'))}"
            )
            gone = {
                row[0]
                for row in connection.execute(
                    f"select profile_id from {read_parquet(places, plan_file(folder, 'due'))}"
                ).fetchall()
            }
            for path in (overrides_file(sources), overrides_file(sources, "company")):
                if path.exists():
                    changed += _rewrite_overrides(connection, path, gone)
    return changed


def _rewrite_overrides(connection: duckdb.DuckDBPyConnection, path: Path, gone: set[int]) -> int:
    content = read_text(path)
    decisions = parse_overrides(path, content)
    rows = list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline="")))
    reasons = [decision.reason for decision in decisions]
    connection.execute(
        "create or replace temp table reasons as select unnest(?::varchar[]) as cell", [reasons]
    )
    find_named(connection, "select cell from reasons", "search_terms", digest("token"))
    naming = {row[0] for row in connection.execute("select distinct cell from named").fetchall()}
    kept, changed = [], 0
    for decision, row in zip(decisions, rows, strict=True):
        if set(decision.pair) & gone:
            changed += 1
            continue
        if decision.reason in naming:
            changed += 1
            row["reason"] = "reason erased"
        kept.append(row)
    if changed:
        written = io.StringIO()
        writer = csv.DictWriter(written, list(rows[0]) if rows else COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
        try:
            write_atomically(path, written.getvalue())
        except OSError as error:
            raise StamgastError(
                f"{path}: names people who are erased and cannot be written; make it writable and erase again"
            ) from error
    return changed


def forget_derived(places: Places) -> None:
    """Removes all that was derived from the landed files, copies of earlier days and the history of runs.

    Published versions stay, and of Dagster the state of its schedules.
    """
    for path in places.build.glob("*"):
        if path.name != _NOT_DERIVED:
            remove(path)
    for path in places.dagster_home.glob("*"):
        if path.name not in ("dagster.yaml", "schedules"):
            remove(path)
    for draft in places.published.glob(".*"):
        remove(draft)
