"""Gives a connection the keys of the hashes."""

import hashlib

import duckdb


def use_secret(connection: duckdb.DuckDBPyConnection, secret: bytes) -> None:
    """Gives the connection the two keys of the hashes as variables, so that no statement spells them."""
    for variable in ("inner_key", "outer_key"):
        digest = hashlib.sha256(variable.encode() + secret).hexdigest()
        connection.execute(f"set variable {variable} = $digest", {"digest": digest})
