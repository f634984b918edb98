"""The receipt of an erasure: what was found and done, in figures, with digests of what to search for; signed, without a value."""

import hmac
import json
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.errors import StamgastError
from pipelines.privacy.planning import ContainingExport, SourceFile, erasure_folders, open_erasures, read_plan
from pipelines.publishing.publishing import forget_older_versions
from pipelines.publishing.versions import current_version
from pipelines.warehouse.database import connect, read_parquet
from pipelines.warehouse.erasure_secret import signature
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.places import Places


class Needle(BaseModel):
    """A value of one of the people as a keyed digest, and how many signs it has; `is_shared`: a record of somebody else holds it as well."""

    model_config = ConfigDict(frozen=True)

    person: int
    kind: str
    digest: str
    length: int
    is_shared: bool


class Receipt(BaseModel):
    """What an erasure did. People are numbered from 1 within it; `version` is the first that was built without them."""

    model_config = ConfigDict(frozen=True)

    erasure: int
    erased_on: date
    version: str
    people: int
    profiles: int
    reduced: int
    facts: int
    cells: int
    set_aside: int
    sharing: int
    sources: list[SourceFile]
    exports: list[ContainingExport]
    needles: list[Needle]
    refusals: int = 0
    signature: str = ""

    def signed(self, secret: bytes) -> "Receipt":
        """The same with its signature."""
        return self.model_copy(update={"signature": signature(secret, self._content())})

    def is_signed_by(self, secret: bytes) -> bool:
        """Whether nothing was changed since it was signed with the secret of this warehouse."""
        return hmac.compare_digest(self.signature, signature(secret, self._content()))

    def _content(self) -> bytes:
        # Of a receipt from before refusals were counted the signature is without them.
        unsaid = {"signature"} if self.refusals else {"signature", "refusals"}
        told = self.model_dump(mode="json", exclude=unsaid)
        return json.dumps(told, sort_keys=True, ensure_ascii=False).encode()


def read_receipt(places: Places, given: str) -> tuple[Receipt, Path]:
    """The receipt of an erasure by its number, or in a file.

    Raises StamgastError: there is none, or it is none.
    """
    path = Path(given)
    if given.isdigit():
        path = next(
            (
                folder / "receipt.json"
                for folder in erasure_folders(places)
                if int(folder.name) == int(given) and (folder / "receipt.json").exists()
            ),
            path,
        )
    try:
        return Receipt.model_validate_json(path.read_bytes()), path
    except OSError as error:
        raise StamgastError(
            f"{given}: is no receipt; give its number or file, see {places.ledger / 'erasures'}"
        ) from error
    except ValidationError as error:
        raise StamgastError(f"{path}: is no receipt of an erasure; give one that erase wrote") from error


def finish_erasures(places: Places, secret: bytes) -> list[Receipt]:
    """Drops the versions from before, and writes the receipts of open plans whose people a published version is without.

    Raises StamgastError: no version was published since.
    """
    version = current_version(places)
    receipts = []
    for folder in open_erasures(places):
        plan = read_plan(folder)
        if version is None or version.number <= plan.version_before:
            raise StamgastError(
                "no version was published without the people yet; see what stopped it, then: stamgast privacy erase"
            )
        forget_older_versions(places)
        with connect(places) as connection:
            needles = connection.execute(
                f"select person, kind, digest, length, is_shared from {read_parquet(places, folder / 'needles.parquet')} order by all"
            ).fetchall()
        receipt = Receipt(
            erasure=plan.number,
            version=version.name,
            needles=[
                Needle(person=person, kind=kind, digest=digest, length=length, is_shared=is_shared)
                for person, kind, digest, length, is_shared in needles
            ],
            **plan.model_dump(exclude={"number", "version_before"}),
        ).signed(secret)
        write_atomically(folder / "receipt.json", receipt.model_dump_json(indent=1) + "\n")
        (folder / "receipt.json").chmod(0o400)
        # Tombstones and needles go on; the numbers of who was erased are needed no longer.
        for table in ("due", "cookies", "cells", "set_aside", "accounts", "refusing"):
            (folder / f"{table}.parquet").unlink(missing_ok=True)
        receipts.append(receipt)
    return receipts
