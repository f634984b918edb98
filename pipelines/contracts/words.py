"""Stand-in."""

import csv
import re
from functools import cache
from pathlib import Path

_S = Path(__file__).parents[2] / "dbt_project/seeds/permission"


@cache
def event_words() -> dict[str, str]:
    with (_S / "event_words.csv").open() as f:
        return {r["word"]: r["meaning"] for r in csv.DictReader(f)}


def normal_word(text: str) -> str:
    return re.sub(r"[\s_\-.]+", "_", text.strip().lower())
