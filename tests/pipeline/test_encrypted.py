"""A company that is encrypted, then restored from its backup: it publishes the same, and no file tells anything without a key."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from pipelines.warehouse.keys import read_key_file
from tests.encryption.refusing import holding, opening
from tests.encryption.test_warehouse import key_file
from tests.pipeline.conftest import Company, differing_marts


def _people(company: Company) -> list[str]:
    """E-mail addresses and street names of the company's people: long enough not to be part of anything else."""
    rows = company.query(
        "select email from core.dim_person where length(email) > 12 order by person_id limit 200", "customers"
    )
    return [value for (value,) in rows]


@pytest.mark.whole
def test_an_encrypted_company_comes_back_the_same_from_a_backup_and_tells_nothing_without_its_key(
    published: Company, copy: Company
) -> None:
    people = _people(published)
    assert len(people) > 50
    copy.key_file = key_file(copy.root)
    wrong = copy.run()
    assert wrong.returncode == 2 and "half of it encrypted would protect nothing" in wrong.stderr
    done = Company(copy.root).stamgast("privacy rotate-key", "--to", str(copy.key_file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert differing_marts(published, copy) == []
    assert opening(copy.warehouse) == []
    assert holding(copy.warehouse, people) == []

    _restore(copy)
    done = copy.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "reader-key analytics" in done.stdout

    assert differing_marts(published, copy, but_for=()) == []
    assert opening(copy.warehouse) == []
    assert holding(copy.warehouse, people) == []
    _holds_no_key(copy.warehouse, copy.key_file)

    other = Company(copy.root, key_file(copy.root, "other"))
    for company, said in (
        (other, "is not the key of"),
        (Company(copy.root), "is encrypted; name its key file"),
    ):
        refused = company.run()
        assert refused.returncode == 2 and said in refused.stderr, refused.stderr
    key = copy.stamgast("privacy reader-key", "analytics").stdout.strip()
    assert key == read_key_file(copy.key_file).of("analytics").hex()

    changed = copy.stamgast("privacy rotate-key", "--to", str(other.key_file))
    assert changed.returncode == 0, changed.stdout + changed.stderr
    assert differing_marts(published, other) == []
    assert opening(copy.warehouse) == []
    assert "Nothing new" in other.run().stdout


def _restore(company: Company) -> None:
    """Puts back what a backup holds: raw, quarantine and ledger; all that is derived is lost."""
    backup = company.root / "backup"
    backup.mkdir()
    for part in ("raw", "quarantine", "ledger"):
        (company.warehouse / part).rename(backup / part)
    for folder in company.warehouse.glob("published/*"):
        folder.chmod(0o755)
    shutil.rmtree(company.warehouse)
    shutil.copytree(backup, company.warehouse)
    shutil.rmtree(backup)


def _holds_no_key(warehouse: Path, path: Path) -> None:
    """Neither the secret nor a key derived from it stands in a log, an artifact of dbt or the history of Dagster."""
    keys = read_key_file(path)
    spelt = [keys.secret.decode()]
    for purpose in ("storage", "analytics", "customers", "seal"):
        spelt.append(keys.of(purpose).hex())
    assert holding(warehouse, spelt) == []
    for history in (warehouse / "dagster").rglob("*.db"):
        with sqlite3.connect(history) as connection:
            told = "\n".join(connection.iterdump())
        assert not any(key in told for key in spelt)
    kept = list((warehouse / "build").rglob("*.json"))
    assert kept and not any(key in json.dumps(json.loads(one.read_text())) for one in kept for key in spelt)
