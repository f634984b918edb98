"""The secret behind the keyed hashes: the user's key file, else one made in the ledger."""

import hashlib
import os
import secrets
from pathlib import Path

import duckdb

from pipelines.errors import StamgastError


def read_secret(key_file: Path | None, ledger: Path) -> bytes:
    """The secret, at least 16 bytes.

    Raises StamgastError: the key file is missing or too short.
    """
    path = key_file or ledger / "key"
    if key_file is None and not path.exists():
        ledger.mkdir(parents=True, exist_ok=True)
        draft = ledger / f".key-{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
        draft.rename(path)
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise StamgastError(f"key file {path} cannot be read; give another in STAMGAST_KEY_FILE") from error
    if len(secret) < 16:
        raise StamgastError(f"key file {path} holds fewer than 16 bytes; make one with: openssl rand -hex 32")
    return secret


def use_secret(connection: duckdb.DuckDBPyConnection, secret: bytes) -> None:
    """Gives the connection the two keys of the hashes as variables, so that no statement spells them."""
    for variable in ("inner_key", "outer_key"):
        digest = hashlib.sha256(variable.encode() + secret).hexdigest()
        connection.execute(f"set variable {variable} = $digest", {"digest": digest})
