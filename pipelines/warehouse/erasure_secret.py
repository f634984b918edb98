"""The secret behind all that outlives an erasure: digests of what was erased, and the signature of receipts.

It is derived from the secret of the keyed hashes, which stays the same when the key of the warehouse is changed: digests
could not be computed again, since the values are gone. For the same reason the derivation must never change.
"""

import hmac

import duckdb

from pipelines.warehouse.keys import hashing_secret
from pipelines.warehouse.places import Places


def erasure_secret(places: Places) -> bytes:
    """The secret of erasures.

    Raises StamgastError: the key is not the warehouse's.
    """
    return _mac(hashing_secret(places), "secret")


def _mac(key: bytes, use: str, message: bytes = b"") -> bytes:
    """HMAC-SHA-256 (RFC 2104) of the message under a label that names its use, so that no two uses share a value."""
    return hmac.digest(key, b"stamgast erasures " + use.encode() + b"\0" + message, "sha256")


def use_erasure_secret(connection: duckdb.DuckDBPyConnection, secret: bytes) -> None:
    """Sets the key of the digests as a variable of the connection, so that no statement contains it."""
    connection.execute("set variable erasure_key = $key", {"key": _mac(secret, "digest").hex()})


def digest(text: str) -> str:
    """SQL for the keyed digest of a text, 32 hexadecimal digits."""
    return f"left(sha256(getvariable('erasure_key') || {text}), 32)"


def signature(secret: bytes, content: bytes) -> str:
    """The signature of a receipt, 64 hexadecimal digits."""
    return _mac(secret, "receipt", content).hex()
