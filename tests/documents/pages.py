"""The pages of the project: their links, headings, code and commands."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import typer.main

from pipelines.cli.app import app
from pipelines.settings import PROJECT

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A markdown file; `name` is its path within the project."""

    name: str

    @property
    def path(self) -> Path:
        return PROJECT / self.name

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def prose(self) -> str:
        """The text without its blocks of code."""
        return _FENCE.sub("", self.text)

    @property
    def spans(self) -> list[str]:
        """Code within the prose, on one line."""
        return [" ".join(span.replace(r"\|", "|").split()) for span in _SPAN.findall(self.prose)]

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @property
    def anchors(self) -> set[str]:
        """Where a link may point to, as GitHub names headings."""
        headings = (heading.lower() for heading in _HEADING.findall(self.prose))
        return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}

    def blocks(self, language: str) -> list[str]:
        """Blocks of code in a language, in order."""
        return [code for name, code in _FENCE.findall(self.text) if name == language]

    @property
    def lines(self) -> list[list[str]]:
        """The words of each command in blocks for the shell, remarks left out."""
        commands = (
            shlex.split(line, comments=True) for block in self.blocks("sh") for line in block.splitlines()
        )
        return [words for words in commands if words]


def pages() -> list[Page]:
    """Every page that is, or is about to be, in git; those of wordings are what people agreed to, not ours to check."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = (name for name in listed.stdout.split("\n") if name and "/wordings/" not in name)
    return [Page(name) for name in sorted(names) if (PROJECT / name).exists()]


@dataclass(frozen=True)
class Command:
    """A command of `stamgast`: the words that name it, its options, and those after which a value comes."""

    words: tuple[str, ...]
    options: frozenset[str]
    is_group: bool

    @property
    def name(self) -> str:
        return " ".join(self.words)


def commands() -> dict[tuple[str, ...], Command]:
    """Every command and group, by its words."""

    def below(words: tuple[str, ...], node: Any) -> Iterator[Command]:
        options = {name for option in node.params for name in (*option.opts, *option.secondary_opts)}
        parts = getattr(node, "commands", {})
        yield Command(words, frozenset(options) | {"--help"}, bool(parts))
        for word, part in parts.items():
            yield from below((*words, word), part)

    return {command.words: command for command in below((), typer.main.get_command(app))}


def alternatives(usage: str) -> list[list[str]]:
    """The calls that a usage stands for: `loads [release N|drop N]` for three, `identity review|preview` for two."""
    choice = re.fullmatch(r"(.*?) ?\[([a-z][^\]]*)\]", usage)
    if choice is not None:
        before, choices = choice.groups()
        return [before.split(), *([*before.split(), *one.split()] for one in choices.split("|"))]
    words = [word.strip("[]").split("|") for word in usage.split()]
    return [list(chosen) for chosen in product(*words)]


def called(words: list[str], known: dict[tuple[str, ...], Command]) -> Command:
    """The command that these words (without `stamgast`) call.

    Raises AssertionError: there is none.
    """
    command = known[()]
    while command.is_group and len(command.words) < len(words):
        longer = known.get((*command.words, words[len(command.words)]))
        if longer is None:
            break
        command = longer
    rest = words[len(command.words) :]
    assert command.words, f"stamgast {' '.join(words)}: there is no such command"
    assert not (command.is_group and rest and not rest[0].startswith("-")), (
        f"stamgast {' '.join(words)}: {command.name} has no command {rest[0]}"
    )
    return command
