"""The signed receipt of an erasure: the figures of what was done, and digests of the values to search for."""

import hmac
import json
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.errors import StamgastError
from pipelines.privacy.planning import (
    ContainingExport,
    SourceFile,
    erasure_folders,
    open_erasures,
    plan_file,
    read_plan,
)
from pipelines.publishing.publishing import forget_older_versions
from pipelines.publishing.versions import current_version
from pipelines.warehouse.database import connect, read_parquet
from pipelines.warehouse.erasure_secret import signature
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.places import Places


class SearchTerm(BaseModel):
    """A value of one of the people as a keyed digest, with its length in characters.

    `is_shared`: a record of somebody else contains it as well.
    """

    model_config = ConfigDict(frozen=True)

    person: int
    kind: str
    digest: str
    length: int
    is_shared: bool


class Receipt(BaseModel):
    """What an erasure did; its figures as in planning.Erasure.

    People are numbered from 1 within it. `version`: the first version that was built without them.
    """

    model_config = ConfigDict(frozen=True, validate_by_name=True, serialize_by_alias=True)

    erasure: int
    erased_on: date
    version: str
    people: int
    profiles: int
    reduced: int
    facts: int
    cells: int
    quarantined: int = Field(alias="set_aside")
    sharing: int
    sources: list[SourceFile]
    exports: list[ContainingExport]
    search_terms: list[SearchTerm] = Field(alias="needles")
    refusals: int = 0
    signature: str = ""

    def signed(self, secret: bytes) -> "Receipt":
        """The receipt with its signature."""
        return self.model_copy(update={"signature": signature(secret, self._content())})

    def is_signed_by(self, secret: bytes) -> bool:
        """Whether it is unchanged since it was signed with the secret of this warehouse."""
        return hmac.compare_digest(self.signature, signature(secret, self._content()))

    def _content(self) -> bytes:
        # Receipts from before refusals were counted have to stay valid: a count of none is not signed.
        unsigned = {"signature"} if self.refusals else {"signature", "refusals"}
        signed = self.model_dump(mode="json", exclude=unsigned)
        return json.dumps(signed, sort_keys=True, ensure_ascii=False).encode()


def read_receipt(places: Places, given: str) -> tuple[Receipt, Path]:
    """The receipt of an erasure, given its number or a file, and its path.

    Raises StamgastError: there is no such file, or it is no receipt.
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
    """Removes the versions published before, and writes the receipts of all open plans.

    Raises StamgastError: no version was published since a plan was made.
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
            terms = connection.execute(
                f"select person, kind, digest, length, is_shared from {read_parquet(places, plan_file(folder, 'search_terms'))} order by all"
            ).fetchall()
        receipt = Receipt(
            erasure=plan.number,
            version=version.name,
            search_terms=[
                SearchTerm(person=person, kind=kind, digest=digest, length=length, is_shared=is_shared)
                for person, kind, digest, length, is_shared in terms
            ],
            **plan.model_dump(exclude={"number", "version_before"}),
        ).signed(secret)
        write_atomically(folder / "receipt.json", receipt.model_dump_json(indent=1) + "\n")
        (folder / "receipt.json").chmod(0o400)
        # Tombstones and search terms stay; the numbers of the people erased are no longer needed.
        for table in ("due", "cookies", "cells", "quarantined", "accounts", "refusing"):
            plan_file(folder, table).unlink(missing_ok=True)
        receipts.append(receipt)
    return receipts
