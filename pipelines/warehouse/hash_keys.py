"""Sets the keys of the keyed hashes (landing/hashing.py) on a connection.

Profiles of earlier loads are found by these hashes, so the derivation of the two keys must never change.
"""

import hashlib

import duckdb


def use_secret(connection: duckdb.DuckDBPyConnection, secret: bytes) -> None:
    """Sets both keys as variables of the connection, so that no statement contains them."""
    for variable in ("inner_key", "outer_key"):
        digest = hashlib.sha256(variable.encode() + secret).hexdigest()
        connection.execute(f"set variable {variable} = $digest", {"digest": digest})
