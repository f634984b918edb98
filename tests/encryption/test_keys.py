"""Keys and digests that a warehouse holds on to: they stay the same, or what lies in it could no longer be read or found."""

from pathlib import Path

import duckdb

from pipelines.landing.hashing import keyed_hash, row_hash
from pipelines.warehouse.erasure_secret import digest, erasure_secret, signature, use_erasure_secret
from pipelines.warehouse.hash_keys import use_secret
from pipelines.warehouse.keys import Keys
from pipelines.warehouse.places import Places

_KEYS = {
    "storage": "6f716c1f0f0a56dc8ee5923a392ed9bd568698752892a445c0bd761eb9fed85a",
    "analytics": "5ae2a1d0d5d107bcfc7ba67ed8e87eab8669ad0f5a5de7f6bfd0eaa0fa020940",
    "customers": "cdaaf235b50e0aae0954c988c67c54d229c48aecde26f907e29879ce142b1993",
    "seal": "0727a49b3770d2bfa612f9c5ec858568f1e20dc34cb079b8a57f364e6e5e25c6",
}
_ERASURES = "facc9d438a3945aa021d1b643cde598720afa9bffe16220f0e4e9a0b43fec99a"
_SIGNATURE = "1655a47325c0918193e196c5666b390386454467a267b3256a20152b3f9528c1"
_DIGESTS = (
    "fb49d14af53d51846b709f8bd17ac016",
    "6fd082b3fc363e10767302d1024eb58a",
    "3e5261fd6e79e835080d79a4af2c7970",
)


def test_a_key_file_opens_what_it_once_encrypted() -> None:
    keys = Keys(b"0123456789abcdef0123456789abcdef")
    assert {purpose: keys.of(purpose).hex() for purpose in _KEYS} == _KEYS  # type: ignore[arg-type]
    sealed = keys.seal(b"secret")
    assert keys.unseal(sealed) == b"secret" and Keys(b"another" * 8).unseal(sealed) is None


def test_hashes_of_profiles_and_digests_of_erasures_stay_the_same(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.ledger.mkdir()
    places.plain_key.write_bytes(b"f" * 64 + b"\n")
    secret = erasure_secret(places)
    assert (secret.hex(), signature(secret, b"receipt")) == (_ERASURES, _SIGNATURE)
    with duckdb.connect() as connection:
        use_erasure_secret(connection, secret)
        use_secret(connection, b"f" * 64)
        parts, address = ["'an'", "null"], "'an@example.nl'"
        query = f"select {digest(address)}, {keyed_hash(parts)}, {row_hash(parts)}"
        assert connection.execute(query).fetchall() == [_DIGESTS]
