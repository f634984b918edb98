"""Numbers with their nouns."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """ "1 person", "2,000 people"; `many` is `one` with an s when not given."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def people(number: int) -> str:
    """ "1 person", "2 people"."""
    return counted(number, "person", "people")
