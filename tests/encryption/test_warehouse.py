"""An encrypted warehouse: nothing opens without its key, a wrong key is a sentence, another key takes the place of the first."""

import secrets
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import StamgastError
from pipelines.landing.loads import profile_files, read_loads
from pipelines.normalising.point_digests import point_digest
from pipelines.privacy.erased_refusals import write_erased_refusals
from pipelines.privacy.key_rotation import rotate_key
from pipelines.privacy.redacted_profiles import finish_redaction, plan_redaction
from pipelines.warehouse.database import attach, connect, read_parquet, text, unlock
from pipelines.warehouse.erasure_secret import erasure_secret, use_erasure_secret
from pipelines.warehouse.keys import encryption, hashing_secret, read_key_file
from pipelines.warehouse.places import Places
from tests.encryption.refusing import holding, opening
from tests.landing.conftest import Company
from tests.privacy.refusals import read_refusals, refusal, write_refusals

NAME = "Zonderlingetje"
ROWS = (
    f"1;1;01-06-2026 10:00;P1;1;10,00;quirijn@zonder.example;Quirijn {NAME}",
    "2;1;02-06-2026 10:00;P1;1;12,50;anna@zonder.example;Anna Smit",
    f"3;1;02.06.2026;P1;1;12,50;piet@zonder.example;Piet {NAME}",
)


def key_file(folder: Path, name: str = "key") -> Path:
    path = folder / name
    path.write_text(secrets.token_hex(32) + "\n")
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Company:
    company = Company(tmp_path)
    company.rows("a.csv", *ROWS)
    company.land()
    return company


@pytest.fixture
def encrypted(tmp_path: Path) -> Company:
    company = Company(tmp_path, key_file=key_file(tmp_path))
    company.rows("a.csv", *ROWS)
    company.land()
    return company


def profiles(company: Company) -> list[tuple]:
    places = company.settings.places
    with connect(places) as connection:
        files = profile_files(places, read_loads(places))
        return connection.execute(f"from {read_parquet(places, files)} order by profile_id").fetchall()


def test_without_the_key_no_landed_file_opens_and_none_holds_a_name(encrypted: Company) -> None:
    warehouse = encrypted.root / "warehouse"
    assert [load.rows_quarantined for load in encrypted.loads] == [1]
    assert oct(encrypted.settings.places.sealed_key.stat().st_mode)[-3:] == "600"
    assert opening(warehouse) == []
    assert holding(warehouse, [NAME, "quirijn@"]) == []
    assert len(profiles(encrypted)) == 2


def test_the_search_for_open_files_can_fail(plain: Company) -> None:
    found = opening(plain.root / "warehouse")
    assert any("profiles.parquet" in path for path in found) and any("torn.parquet" in path for path in found)
    assert holding(plain.root / "warehouse", [NAME])


def test_a_block_is_found_again_and_a_quarantined_row_retried_under_the_key(encrypted: Company) -> None:
    encrypted.rows("b.csv", *ROWS[:2], "4;1;03-06-2026 10:00;P1;1;1,00;nina@zonder.example;Nina Bos")
    encrypted.land()
    assert [load.last_profile_id for load in encrypted.loads] == [2, 3]
    encrypted.change(event_time={"column": "when", "format": ["%d-%m-%Y %H:%M", "%d.%m.%Y"]})
    assert len(encrypted.retry()) == 1
    assert opening(encrypted.root / "warehouse") == []


def test_a_wrong_key_and_none_are_a_sentence_before_anything_is_written(encrypted: Company) -> None:
    places, right = encrypted.settings.places, encrypted.key_file

    def written() -> dict[Path, int]:
        kept = (places.raw, places.quarantine, places.ledger)
        return {path: path.stat().st_mtime_ns for folder in kept for path in folder.rglob("*")}

    state = written()
    encrypted.key_file = key_file(encrypted.root, "other")
    with pytest.raises(StamgastError, match="is not the key of"):
        encrypted.land()
    encrypted.key_file = None
    encrypted.rows("b.csv", ROWS[0])
    with pytest.raises(StamgastError, match="is encrypted; name its key file"):
        encrypted.land()
    assert written() == state
    assert right is not None
    short = encrypted.root / "short"
    short.write_text("guess")
    with pytest.raises(StamgastError, match="fewer than 32 bytes"):
        read_key_file(short)


def test_a_key_for_a_warehouse_that_is_not_encrypted_makes_no_mixture(plain: Company) -> None:
    plain.key_file = key_file(plain.root)
    plain.rows("b.csv", ROWS[0].replace("1;1", "9;1"))
    with pytest.raises(StamgastError, match="half of it encrypted would protect nothing"):
        plain.land()
    assert len(plain.loads) == 1


def test_a_warehouse_is_encrypted_and_its_key_changed_with_every_row_and_hash_kept(plain: Company) -> None:
    places = plain.settings.places
    # Numbers follow the keyed hash, so either may be first.
    ((anna, other),) = [
        (one, 3 - one) for one, said in ((row[0], str(row)) for row in profiles(plain)) if "anna@" in said
    ]
    plan_redaction(places, [anna], [other])
    finish_redaction(places)
    before, secret = profiles(plain), hashing_secret(places)
    for name in ("first", "second"):
        former = plain.settings.places
        plain.key_file = key_file(plain.root, name)
        done = rotate_key(former, plain.key_file)
        assert done.was_plain == (name == "first")
        assert opening(places.root) == []
        assert profiles(plain) == before
        assert hashing_secret(plain.settings.places) == secret
    assert not (places.ledger / "key").exists()
    # Under the new key a block is still known.
    plain.rows("b.csv", ROWS[0].replace("1;1", "9;1"))
    plain.land()
    assert plain.loads[-1].first_profile_id is None
    with pytest.raises(StamgastError, match="is not the key of"):
        encryption(Places(places.root, plain.root / "first"))


@pytest.mark.parametrize("killed_at", ["raw", "quarantine", "ledger"])
def test_a_killed_rotation_closes_the_warehouse_until_it_is_finished(
    encrypted: Company, killed_at: str
) -> None:
    before, former = profiles(encrypted), encrypted.settings.places
    new = key_file(encrypted.root, "new")

    def die(part: str) -> None:
        if part == killed_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate_key(former, new, die)
    for key in (former.key_file, new):
        with pytest.raises(StamgastError, match="run stamgast privacy rotate-key again"):
            encryption(Places(former.root, key))
    with pytest.raises(StamgastError, match="is not the key that the rotation under way began with"):
        rotate_key(former, key_file(encrypted.root, "third"))
    rotate_key(former, new)
    encrypted.key_file = new
    assert profiles(encrypted) == before
    assert opening(former.root) == []


def test_a_rotation_killed_before_its_last_step_is_finished(encrypted: Company) -> None:
    before, former = profiles(encrypted), encrypted.settings.places
    new = key_file(encrypted.root, "new")
    rotate_key(former, new)
    keys = read_key_file(new)
    former.rotating.write_bytes(keys.seal(keys.unseal(former.sealed_key.read_bytes()) or b""))
    rotate_key(former, new)
    encrypted.key_file = new
    assert profiles(encrypted) == before


def test_each_published_file_has_a_key_of_its_own(encrypted: Company) -> None:
    places = encrypted.settings.places
    keys = encryption(places)
    assert keys is not None
    with connect(places, places.analytics) as connection:
        connection.execute(f"create table t as select '{NAME}' as who from range(100000)")
    with duckdb.connect() as connection:
        key = keys.of("analytics").hex()
        connection.execute(f"attach '{places.analytics}' as opened (read_only, encryption_key '{key}')")
        assert connection.execute("select count(*) from opened.t").fetchall() == [(100000,)]
    for purpose in ("customers", "storage"):
        with duckdb.connect() as connection, pytest.raises(duckdb.InvalidInputException):
            connection.execute(
                f"attach '{places.analytics}' (read_only, encryption_key '{keys.of(purpose).hex()}')"
            )
    assert holding(places.root, [NAME]) == []


@pytest.mark.parametrize("is_encrypted", [True, False])
def test_what_spills_to_disk_holds_no_name(tmp_path: Path, is_encrypted: bool) -> None:
    places = Places(tmp_path / "warehouse", key_file(tmp_path) if is_encrypted else None)
    with connect(places) as connection:
        connection.execute("set memory_limit = '60MB'; set threads = 1; set preserve_insertion_order = false")
        connection.execute(
            f"create temp table spilt as select '{NAME}' || md5(range::varchar) || range as who from range(1500000)"
        )
        spilt = [path.read_bytes() for path in places.temp.rglob("*") if path.is_file()]
        assert sum(map(len, spilt)) > 1_000_000
        assert any(NAME.encode() in content for content in spilt) == (not is_encrypted)


def test_no_statement_and_no_error_spells_a_key(encrypted: Company) -> None:
    places = encrypted.settings.places
    keys = encryption(places)
    assert keys is not None and keys.secret.decode() not in repr(keys)
    with duckdb.connect() as connection:
        unlock(connection, places)
        with pytest.raises(duckdb.Error) as caught:
            attach(connection, places, places.build / "nowhere.duckdb", read_only=True)
        assert keys.of("storage").hex() not in str(caught.value)
        assert connection.execute("select getvariable('stamgast_key')").fetchall() == [(None,)]


def test_refusals_are_encrypted_and_rotated_and_what_was_erased_of_them_holds_under_every_key(
    plain: Company,
) -> None:
    places = plain.settings.places
    who = {"given": "Quirijn", "family": NAME, "mail": "other@zonder.example"}
    with duckdb.connect() as connection:
        use_erasure_secret(connection, erasure_secret(places))
        ((held,),) = connection.execute(
            f"select {point_digest('email', text('anna@zonder.example'))}"
        ).fetchall()
    rows = refusal(1, who, word=f"no, says {NAME}"), refusal(2, {}, said="withdraw", point_digests=[held])
    path = write_refusals(places, "consents", "optouts", 90, *rows)
    before = read_refusals(places, path)
    for name in ("first", "second"):
        former = plain.settings.places
        plain.key_file = key_file(plain.root, name)
        rotate_key(former, plain.key_file)
        under = plain.settings.places
        assert read_refusals(under, path) == before
        under.build.mkdir(exist_ok=True)
        assert write_erased_refusals(under) == 1
        assert opening(under.root) == [] and holding(under.root, [NAME, "other@"]) == []
    # Written under the key from the start.
    write_refusals(under, "consents", "optouts", 91, refusal(1, who))
    assert opening(under.root) == []
