"""What pages and comments point to is there."""

import re
import subprocess

import pytest
import yaml

from pipelines.settings import PROJECT
from tests.documents.pages import Page, pages

PAGES = {page.name: page for page in pages()}
# In texts of the project: files that are code or rules, named from the top of the project.
_FILE = re.compile(
    r"(?<![\w/.])(?:pipelines|dbt_project|expectations|tests)(?:/[\w.-]+)+\.(?:py|sql|yml|json|md|csv)\b"
)
_FOLDER = re.compile(r"(?:\.github|pipelines|dbt_project|expectations|tests|sources|warehouse)/[\w./-]*")
# Named as what a user may write, or what the demo company and a run write.
_MADE = re.compile(
    r"sources/(fair_visitors\.yml|files/.*|overrides/.*)|warehouse/(?!README).*|.*/odd\.sql|.*/store_regulars\.sql"
)


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_to_a_file_and_a_heading_that_are_there(name: str) -> None:
    page, lost = PAGES[name], []
    for link in page.links:
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.path.parent / file).resolve() if file else page.path
        if not target.exists():
            lost.append(f"{link}: there is no such file")
        elif anchor and anchor not in Page(target.relative_to(PROJECT).as_posix()).anchors:
            lost.append(f"{link}: the page has no such heading")
    assert not lost, "\n".join(f"{name}: {what}" for what in lost)


@pytest.mark.parametrize("name", PAGES)
def test_every_path_that_a_page_names_is_there(name: str) -> None:
    named = [span for span in PAGES[name].spans if _FOLDER.fullmatch(span) and not _MADE.fullmatch(span)]
    lost = [span for span in named if not (PROJECT / span).exists()]
    assert not lost, f"{name} names what is not there: {', '.join(lost)}"


def test_every_page_beside_the_code_is_reached_from_the_front_page() -> None:
    reached, waiting = set(), ["README.md"]
    while waiting:
        page = PAGES[waiting.pop()]
        reached.add(page.name)
        for link in page.links:
            target = (page.path.parent / link.partition("#")[0]).resolve()
            if target.is_relative_to(PROJECT) and (found := target.relative_to(PROJECT).as_posix()) in PAGES:
                waiting += [found] if found not in reached else []
    assert reached == set(PAGES)


def test_the_front_page_names_every_room() -> None:
    rooms = sorted(path.parent.name for path in (PROJECT / "pipelines").glob("*/__init__.py"))
    missing = [room for room in rooms if f"`pipelines/{room}/`" not in PAGES["README.md"].text]
    assert not missing, f"README.md, Where things live: say what is in {', '.join(missing)}"


def test_the_page_for_contributors_names_every_folder_of_tests() -> None:
    folders = sorted(path.parent.name for path in (PROJECT / "tests").glob("*/test_*.py"))
    missing = {name for name in folders if f"`tests/{name}/`" not in PAGES[".github/CONTRIBUTING.md"].text}
    assert not missing, f".github/CONTRIBUTING.md: say what is in {', '.join(sorted(missing))}"


def test_every_file_that_a_comment_or_a_unit_names_is_there() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True)
    lost = []
    for name in listed.stdout.splitlines():
        path = PROJECT / name
        if path.suffix in {".py", ".sql", ".yml", ".toml", ".service", ".md", ""} and path.is_file():
            lost += [
                f"{name} names {file}"
                for file in _FILE.findall(path.read_text("utf-8"))
                if not ((PROJECT / file).exists() or (path.parent / file).exists() or _MADE.fullmatch(file))
            ]
    assert not lost, "\n".join(lost)


def test_hooks_before_a_commit_are_local_and_run_what_the_environment_of_the_project_has() -> None:
    repos = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert {repo["repo"] for repo in repos} == {"local"}
    linted = re.search(r"^lint:.*\n((?:\t.*\n)+)", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert linted is not None
    for hook in (hook for repo in repos for hook in repo["hooks"]):
        command = hook["entry"].removeprefix(".venv/bin/")
        assert f"$(BIN)/{command}" in linted[1], f"{hook['id']}: make lint does not run {command}"
