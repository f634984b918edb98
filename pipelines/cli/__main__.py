"""`python -m pipelines.cli` is `stamgast`."""

from pipelines.cli import main

main()
