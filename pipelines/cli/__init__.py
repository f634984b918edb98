"""The command `stamgast`: reads the words of the user, calls one function, prints what came of it."""

from pipelines.cli.app import app, main

__all__ = ["app", "main"]
