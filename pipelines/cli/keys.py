"""`stamgast privacy rotate-key` and `reader-key`: the key of the warehouse, and those of its readers."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines.cli.options import Warehouse, console, given_settings
from pipelines.errors import StamgastError


def rotate_key(
    to: Annotated[
        Path, typer.Option("--to", help="The key file from now on; make one with openssl rand -hex 32.")
    ],
    warehouse: Warehouse = None,
) -> None:
    """Put the warehouse under another key, or encrypt one that is not."""
    from pipelines.privacy.key_rotation import rotate_key as rotate

    places = given_settings(warehouse=warehouse).places
    done = rotate(places, to.resolve(), lambda part: console.print(f"  [dim]{part}[/]"))
    what = "encrypted" if done.was_plain else "put under the new key"
    console.print(
        f"{done.files:,} files were {what}. From now on name {to} in STAMGAST_KEY_FILE; the keys of readers are others "
        "(stamgast privacy reader-key), and the build is made again by: stamgast run --force"
    )


def reader_key(
    database: Annotated[Literal["analytics", "customers"], typer.Argument(help="The published file.")],
    warehouse: Warehouse = None,
) -> None:
    """Print the key that opens one published file and nothing else, for those who read it."""
    from pipelines.warehouse.keys import encryption

    places = given_settings(warehouse=warehouse).places
    keys = encryption(places)
    if keys is None:
        raise StamgastError(f"{places.root} is not encrypted, so its published files open without a key")
    print(keys.of(database).hex())
