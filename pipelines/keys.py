"""The keys of a warehouse: each derived for one purpose from the one secret, so that none tells another.

With a key file everything that holds data is encrypted. `ledger/key_check` then says which secret the warehouse belongs to.
"""

import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipelines.errors import StamgastError
from pipelines.settings import Places

# What a key is for. `analytics` and `customers` open a published file and nothing else, so they can be given to readers.
Purpose = Literal["storage", "analytics", "customers", "hashes", "tombstones", "signatures", "check"]
_LEAST_BYTES = 32


@dataclass(frozen=True)
class Keys:
    """Keys by purpose, of 32 bytes each."""

    secret: bytes = field(repr=False)

    def of(self, purpose: Purpose) -> bytes:
        """The key for a purpose: HKDF with SHA-256 (RFC 5869), the purpose as its `info`."""
        extracted = hmac.digest(b"stamgast", self.secret, "sha256")
        return hmac.digest(extracted, purpose.encode() + b"\x01", "sha256")


def read_key_file(path: Path) -> Keys:
    """The keys that follow from a key file.

    Raises StamgastError: it cannot be read or is too short.
    """
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise StamgastError(f"key file {path} cannot be read; give another in STAMGAST_KEY_FILE") from error
    if len(secret) < _LEAST_BYTES:
        raise StamgastError(
            f"key file {path} holds fewer than {_LEAST_BYTES} bytes; make one with: openssl rand -hex 32"
        )
    return Keys(secret)


def key_check(places: Places) -> Path:
    """The file that is there when the warehouse is encrypted, and tells a wrong key before anything is written."""
    return places.ledger / "key_check"


def _is_plain(places: Places) -> bool:
    """Whether something was landed without a key file."""
    return (places.ledger / "key").exists() or any(places.raw.glob("*/*/*/_load.json"))


def encryption(places: Places) -> Keys | None:
    """The keys that the files of the warehouse are encrypted with, None without a key file.

    Raises StamgastError: a wrong key, none for an encrypted warehouse, one for a warehouse that is not encrypted.
    """
    check = key_check(places)
    if places.key_file is None:
        if check.exists():
            raise StamgastError(f"{places.root} is encrypted; name its key file in STAMGAST_KEY_FILE")
        return None
    keys = read_key_file(places.key_file)
    if check.exists():
        if not hmac.compare_digest(check.read_bytes().strip(), keys.of("check").hex().encode()):
            raise StamgastError(
                f"{places.key_file} is not the key of {places.root}; name the right one in STAMGAST_KEY_FILE"
            )
    elif _is_plain(places):
        raise StamgastError(
            f"{places.root} is not encrypted, and half of it encrypted would protect nothing: encrypt all of it with "
            f"stamgast privacy rotate-key --to {places.key_file}, or leave out STAMGAST_KEY_FILE"
        )
    return keys


def claim(places: Places) -> None:
    """Ties an empty warehouse to its key; of one that is in use checks the key.

    Raises StamgastError: as `encryption`.
    """
    keys, check = encryption(places), key_check(places)
    if keys is None or check.exists():
        return
    places.ledger.mkdir(parents=True, exist_ok=True)
    draft = places.ledger / f".key_check-{os.getpid()}"
    draft.write_text(keys.of("check").hex() + "\n", encoding="ascii")
    draft.rename(check)


def hashing_secret(places: Places) -> bytes:
    """The secret of the keyed hashes: the key file's key for them, else the secret in the ledger, made when there is none.

    Raises StamgastError: as `encryption`.
    """
    keys = encryption(places)
    return keys.of("hashes") if keys else _ledger_secret(places)


def derived_key(places: Places, purpose: Purpose) -> bytes:
    """The key for a purpose, of a warehouse without key file too: then it follows from the secret in the ledger.

    Raises StamgastError: as `encryption`.
    """
    return (encryption(places) or Keys(_ledger_secret(places))).of(purpose)


def _ledger_secret(places: Places) -> bytes:
    path = places.ledger / "key"
    if not path.exists():
        places.ledger.mkdir(parents=True, exist_ok=True)
        draft = places.ledger / f".key-{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
        draft.rename(path)
    return path.read_bytes().strip()
