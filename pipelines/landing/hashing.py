"""SQL for the keyed hashes: rows by content, contact blocks and cookies by their text.

The variables `inner_key` and `outer_key` of the connection hold the keys (warehouse/hash_keys.py).
"""

from collections.abc import Sequence

from pipelines.contracts import CONTACT_BLOCK

_SEPARATOR = "chr(31)"
_NULL = "chr(30)"


def _joined(parts: Sequence[str]) -> str:
    values = [f"coalesce({part}, {_NULL})" for part in parts]
    return f"concat_ws({_SEPARATOR}, {', '.join(values) or _NULL})"


def keyed_hash(parts: Sequence[str]) -> str:
    """SQL for a keyed hash over texts, 32 hexadecimal digits; null and empty text differ.

    Nested SHA-256 after the HMAC construction (RFC 2104), so that the key cannot be stripped by length extension.
    """
    return (
        f"left(sha256(getvariable('outer_key') || sha256(getvariable('inner_key') || {_joined(parts)})), 32)"
    )


def row_hash(parts: Sequence[str]) -> str:
    """SQL for the keyed hash of a row's texts; MD5, since it runs over every row and only distinguishes versions."""
    return f"md5(getvariable('inner_key') || {_joined(parts)})"


def block_digest(columns: Sequence[str]) -> str:
    """SQL for a number that distinguishes the contact blocks of one load, from the columns the feed fills; cheap, for every row."""
    return f"md5_number({_joined(columns)})"


def block_hash() -> str:
    """SQL for the keyed hash of a contact block as mapped text, by which later loads find its profile again."""
    return keyed_hash(CONTACT_BLOCK)


def cookie_key() -> str:
    """SQL for the keyed hash of a cookie, null without one."""
    return f"case when cookie_id is not null then {keyed_hash(['cookie_id'])} end"
