"""Publishing killed at each of its file operations: readers keep a whole version, and the next run publishes as if undisturbed."""

import os
import shutil
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import duckdb

from pipelines.publishing.audits import AUDITS, empty_data_docs, stamp
from pipelines.publishing.publishing import publish
from pipelines.publishing.versions import DATABASES, KEPT_VERSIONS, current_version, read_versions
from pipelines.settings import Settings
from pipelines.warehouse.places import Places
from tests.crashes.killed import killed_at

FIRST = date(2026, 6, 1)


def _settings(root: Path, day: int) -> Settings:
    return Settings(sources=root, warehouse=root / "warehouse", as_of=FIRST + timedelta(days=day))


def _build(places: Places, content: int) -> None:
    """Both databases, audited, each of which says what it holds; and a page of Data Docs."""
    places.build.mkdir(parents=True, exist_ok=True)
    for database in DATABASES:
        (places.build / database).unlink(missing_ok=True)
        with duckdb.connect(str(places.build / database)) as connection:
            connection.execute(f"""
                create schema marts;
                create schema identity;
                create table marts.segment_history as select {content} as content;
                create table identity.profile_person_history as select {content} as content;
            """)
    (empty_data_docs(places) / "index.html").write_text(str(content))
    for audit in AUDITS:
        stamp(places, audit, str(content))


def _content(folder: Path) -> set[int]:
    """What a version says it holds: one number when it is whole."""
    found = {int((folder / "data_docs" / "index.html").read_text())}
    for database in DATABASES:
        with duckdb.connect(str(folder / database), read_only=True) as connection:
            found |= {connection.execute("select content from marts.segment_history").fetchall()[0][0]}
    return found


def _linked(root: Path, to: Path) -> Places:
    """A copy of the folder by links; nothing in it is written to twice but the build, which is copied."""
    shutil.copytree(
        root,
        to,
        symlinks=True,
        copy_function=lambda source, target: (
            shutil.copy(source, target) if "build" in Path(source).parts else os.link(source, target)
        ),
    )
    return Places(to / "warehouse")


def test_publishing_killed_at_any_moment_leaves_whole_versions_and_ends_the_next_time(tmp_path: Path) -> None:
    # As many versions as are kept, so that the next one has an old one to remove.
    for day in range(KEPT_VERSIONS):
        _build(Places(tmp_path / "company" / "warehouse"), day)
        publish(_settings(tmp_path / "company", day), str(day), {})
    _build(Places(tmp_path / "company" / "warehouse"), KEPT_VERSIONS)

    moments = 0
    while True:
        root = tmp_path / "crashed"
        places = _linked(tmp_path / "company", root)
        settings = _settings(root, KEPT_VERSIONS)
        was_killed = killed_at(moments + 1, partial(publish, settings, str(KEPT_VERSIONS), {}), root)
        version = current_version(places)
        assert version is not None and _content(places.current) in ({KEPT_VERSIONS - 1}, {KEPT_VERSIONS})
        if not was_killed:
            break
        moments += 1
        # Every version that can be gone back to is whole, whatever the crash left of the new or the oldest one.
        for kept in (*read_versions(places)[:2], *read_versions(places)[-1:]):
            assert (
                not (places.published / kept.name).exists()
                or len(_content(places.published / kept.name)) == 1
            )
        assert publish(settings, str(KEPT_VERSIONS), {}) == current_version(places)
        assert _content(places.current) == {KEPT_VERSIONS}
        names = sorted(path.name for path in places.published.iterdir())
        assert len(names) == KEPT_VERSIONS and not names[0].startswith("."), names
        assert not [path for path in places.root.iterdir() if path.name.startswith(".current")]
        for path in places.published.rglob("*"):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(root)
    assert moments > 30
