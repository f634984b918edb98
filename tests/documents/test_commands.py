"""Commands that pages name exist, with these options; tests/pipeline/test_pages.py runs them."""

import re
import shlex

import pytest

from pipelines.settings import PROJECT
from tests.documents.pages import alternatives, called, commands, pages

PAGES = {page.name: page for page in pages()}
MAKEFILE = (PROJECT / "Makefile").read_text("utf-8")
COMMANDS = commands()


def _calls(name: str, program: str) -> list[list[str]]:
    """What a page calls of a program, in its blocks and in its prose; the words after the program."""
    page = PAGES[name]
    spans = [span.removeprefix(f"{program} ") for span in page.spans if span.startswith(f"{program} ")]
    return [line[1:] for line in page.lines if line[0] == program] + [
        call
        for span in spans
        for call in (alternatives(span) if program == "stamgast" else [shlex.split(span)])
    ]


@pytest.mark.parametrize("name", PAGES)
def test_every_command_that_a_page_names_exists_with_its_options(name: str) -> None:
    for words in _calls(name, "stamgast"):
        command = called(words, COMMANDS)
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert options <= command.options, (
            f"{name}: stamgast {' '.join(words)}: {command.name} has no {', '.join(options - command.options)}"
        )


@pytest.mark.parametrize("name", PAGES)
def test_every_target_of_make_that_a_page_names_exists_and_takes_what_it_is_given(name: str) -> None:
    for words in _calls(name, "make"):
        targets = [word for word in words if "=" not in word]
        recipes = [
            re.search(
                rf"^{re.escape(target.replace('.venv', '$(VENV)'))}:.*\n((?:\t.*\n)*)", MAKEFILE, re.MULTILINE
            )
            for target in targets
        ]
        assert all(recipes), f"{name}: make {' '.join(words)}: there is no such target"
        for variable, _, value in (word.partition("=") for word in words if "=" in word):
            recipe = next(
                line
                for found in recipes
                if found
                for line in found[1].splitlines()
                if f"$({variable})" in line
            )
            module = re.search(r"-m ([\w.]+)", recipe)
            assert module is not None, recipe
            source = (PROJECT / f"{module[1].replace('.', '/')}.py").read_text("utf-8")
            for option in (part for part in value.split() if part.startswith("--")):
                assert f'"{option}"' in source, f"{name}: make {' '.join(words)}: {module[1]} has no {option}"


def test_every_command_is_on_a_page() -> None:
    named = {called(words, COMMANDS).words for name in PAGES for words in _calls(name, "stamgast")}
    missing = [
        command.name for command in COMMANDS.values() if not command.is_group and command.words not in named
    ]
    assert not missing, f"say on the README or a page beside the code what these do: {', '.join(missing)}"
