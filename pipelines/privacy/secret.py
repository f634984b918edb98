"""The secret behind all that outlives an erasure: digests of what was erased, and the signature of receipts.

It is drawn once and never changes, since digests cannot be made anew when the values are gone; it lies in the ledger
sealed with the key of the warehouse, so that changing the key only seals it again.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

import duckdb

from pipelines.errors import StamgastError
from pipelines.settings import Places

_LENGTH = 32


def erasures_folder(places: Places) -> Path:
    """Where plans, tombstones and receipts of erasures are, a folder per erasure."""
    return places.ledger / "erasures"


def read_sealed(places: Places, key: bytes) -> bytes | None:
    """The secret of erasures, None when nobody was ever erased.

    Raises StamgastError: it was sealed with another key.
    """
    path = erasures_folder(places) / "secret"
    if not path.exists():
        return None
    sealed = bytes.fromhex(path.read_text("ascii"))
    salt, body, seal = sealed[:_LENGTH], sealed[_LENGTH : 2 * _LENGTH], sealed[2 * _LENGTH :]
    if not hmac.compare_digest(seal, _mac(key, "seal", salt + body)):
        raise StamgastError(
            f"{path}: was sealed with another key; give the key of this warehouse in STAMGAST_KEY_FILE"
        )
    return _xor(body, _mac(key, "pad", salt))


def made_secret(places: Places, key: bytes) -> bytes:
    """The secret of erasures, drawn now if there is none."""
    secret = read_sealed(places, key)
    if secret is None:
        secret = secrets.token_bytes(_LENGTH)
        _write(places, key, secret)
    return secret


def reseal(places: Places, old_key: bytes, new_key: bytes) -> None:
    """Seals the secret with another key; every tombstone and receipt stays as it is."""
    secret = read_sealed(places, old_key)
    if secret is not None:
        _write(places, new_key, secret)


def _write(places: Places, key: bytes, secret: bytes) -> None:
    # A nonce per sealing: one pad is never used for two secrets.
    salt = secrets.token_bytes(_LENGTH)
    body = _xor(secret, _mac(key, "pad", salt))
    folder = erasures_folder(places)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".secret-{os.getpid()}"
    draft.touch(mode=0o600)
    draft.write_text((salt + body + _mac(key, "seal", salt + body)).hex(), encoding="ascii")
    draft.replace(folder / "secret")


def _mac(key: bytes, use: str, message: bytes) -> bytes:
    return hmac.new(key, b"stamgast erasures " + use.encode() + b"\0" + message, hashlib.sha256).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(left, right, strict=True))


def use_erasure_secret(connection: duckdb.DuckDBPyConnection, secret: bytes) -> None:
    """Gives the connection the key of the digests as a variable, so that no statement spells it."""
    connection.execute("set variable erasure_key = $key", {"key": _mac(secret, "digest", b"").hex()})


def digest(text: str) -> str:
    """SQL for the keyed digest of a text, 32 hexadecimal digits."""
    return f"left(sha256(getvariable('erasure_key') || {text}), 32)"


def signature(secret: bytes, content: bytes) -> str:
    """The signature of a receipt."""
    return _mac(secret, "receipt", content).hex()
