"""The secret behind all that outlives an erasure: digests of what was erased, and the signature of receipts.

It follows from the secret of the keyed hashes, which stays the same when the key of the warehouse is changed: digests
cannot be made anew when the values are gone.
"""

import hashlib
import hmac
from pathlib import Path

import duckdb

from pipelines.warehouse.keys import hashing_secret
from pipelines.warehouse.places import Places


def erasures_folder(places: Places) -> Path:
    """Where plans, tombstones and receipts of erasures are, a folder per erasure."""
    return places.erasures


def erasure_secret(places: Places) -> bytes:
    """The secret of erasures.

    Raises StamgastError: the key is not the warehouse's.
    """
    return _mac(hashing_secret(places), "secret", b"")


def _mac(key: bytes, use: str, message: bytes) -> bytes:
    return hmac.new(key, b"stamgast erasures " + use.encode() + b"\0" + message, hashlib.sha256).digest()


def use_erasure_secret(connection: duckdb.DuckDBPyConnection, secret: bytes) -> None:
    """Gives the connection the key of the digests as a variable, so that no statement spells it."""
    connection.execute("set variable erasure_key = $key", {"key": _mac(secret, "digest", b"").hex()})


def digest(text: str) -> str:
    """SQL for the keyed digest of a text, 32 hexadecimal digits."""
    return f"left(sha256(getvariable('erasure_key') || {text}), 32)"


def signature(secret: bytes, content: bytes) -> str:
    """The signature of a receipt."""
    return _mac(secret, "receipt", content).hex()
