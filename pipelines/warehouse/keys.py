"""The keys of a warehouse, each derived for one purpose from its key file, so that no key reveals another.

With a key file everything that holds data is encrypted. The secret of the keyed hashes does not follow from the key file:
rows and cookies are stored as hashes, which could not be computed again under another secret, so it is drawn once and
never changes. Without a key file it is stored in `ledger/key`; in an encrypted warehouse in `ledger/sealed_key`, encrypted
with a key of the key file. A wrong key file cannot decrypt that, which is found out before anything is written.
"""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pipelines.errors import StamgastError
from pipelines.warehouse.places import Places

# What a key is for. `analytics` and `customers` open a published file and nothing else, so they can be given to readers.
Purpose = Literal["storage", "analytics", "customers", "seal"]
_KEY_BYTES = 32
_LEAST_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True)
class Keys:
    """Keys by purpose, of 32 bytes each."""

    secret: bytes = field(repr=False)

    def of(self, purpose: Purpose) -> bytes:
        """The key for a purpose: HKDF with SHA-256 (RFC 5869), the purpose as its `info`."""
        return HKDF(SHA256(), _KEY_BYTES, salt=b"stamgast", info=purpose.encode()).derive(self.secret)

    def seal(self, content: bytes) -> bytes:
        """The content encrypted with AES-256-GCM: nonce and ciphertext as hexadecimal digits, and a newline."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return (nonce + AESGCM(self.of("seal")).encrypt(nonce, content, None)).hex().encode() + b"\n"

    def unseal(self, sealed: bytes) -> bytes | None:
        """The content that `seal` encrypted; None if it was encrypted with another key."""
        raw = bytes.fromhex(sealed.decode("ascii"))
        try:
            return AESGCM(self.of("seal")).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None)
        except InvalidTag:
            return None


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


def is_plain(places: Places) -> bool:
    """Whether something was landed without a key file."""
    return places.plain_key.exists() or any(places.raw.glob("*/*/*/_load.json"))


def encryption(places: Places) -> Keys | None:
    """The keys that the files of the warehouse are encrypted with, None without a key file.

    Raises StamgastError: a wrong key, none for an encrypted warehouse, one for a warehouse that is not encrypted; the
    key is being changed.
    """
    if places.rotating.exists():
        raise StamgastError(
            f"the key of {places.root} is being changed, and that was not finished: run stamgast privacy rotate-key again"
        )
    if places.key_file is None:
        if places.sealed_key.exists():
            raise StamgastError(f"{places.root} is encrypted; name its key file in STAMGAST_KEY_FILE")
        return None
    keys = read_key_file(places.key_file)
    if places.sealed_key.exists():
        if keys.unseal(places.sealed_key.read_bytes()) is None:
            raise StamgastError(
                f"{places.key_file} is not the key of {places.root}; name the right one in STAMGAST_KEY_FILE"
            )
    elif is_plain(places):
        raise StamgastError(
            f"{places.root} is not encrypted, and half of it encrypted would protect nothing: without STAMGAST_KEY_FILE, "
            f"encrypt all of it with stamgast privacy rotate-key --to {places.key_file}"
        )
    return keys


def claim(places: Places) -> None:
    """Binds an empty warehouse to its key file; checks the key file of a warehouse in use.

    Raises StamgastError: as `encryption`.
    """
    keys = encryption(places)
    if keys is not None and not places.sealed_key.exists():
        write_key(places.sealed_key, keys.seal(secrets.token_hex(32).encode()))


def hashing_secret(places: Places) -> bytes:
    """The secret of the keyed hashes, drawn when there is none yet.

    Raises StamgastError: as `encryption`.
    """
    claim(places)
    keys = encryption(places)
    if keys is not None:
        return keys.unseal(places.sealed_key.read_bytes()) or b""
    path = places.plain_key
    if not path.exists():
        write_key(path, secrets.token_hex(32).encode() + b"\n")
    return path.read_bytes().strip()


def write_key(path: Path, content: bytes) -> None:
    """Writes a file of a key whole or not at all, readable by its owner alone (0600)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    draft.touch(mode=0o600)
    with draft.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
