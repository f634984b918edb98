"""Training a model of identity on the profiles of the last build."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import StamgastError
from pipelines.identity.likelihood.model import IdentityModel, read_model
from pipelines.identity.likelihood.training import train
from pipelines.settings import Settings
from pipelines.warehouse.database import attach, connect
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.locking import locked


@dataclass(frozen=True)
class Trained:
    """The new model, the one in use before, and the file of the ledger that holds the new one."""

    model: IdentityModel
    before: IdentityModel
    path: Path


def train_model(settings: Settings, description: str, progress: Callable[[str], None]) -> Trained:
    """Trains and writes `ledger/models/<number>.json`, which the next run uses.

    Raises StamgastError: there is no build yet, or a run is under way.
    """
    places = settings.places
    if not places.scratch.exists():
        raise StamgastError(f"{places.scratch}: there is no build to learn from; run: stamgast run")
    with locked(places):
        places.models.mkdir(parents=True, exist_ok=True)
        number = max((int(path.stem) for path in places.models.glob("*.json")), default=0) + 1
        before = read_model(places)
        with connect(places) as connection:
            attach(connection, places, places.scratch, read_only=True)
            model = train(
                connection,
                name=f"company-{number:04d}",
                description=description,
                as_of=settings.as_of,
                # Not the company's last model: what no pair shows would grow rarer with every training.
                start=read_model(),
                progress=progress,
            )
        path = places.models / f"{number:04d}.json"
        write_atomically(path, model.model_dump_json(indent=1) + "\n")
    return Trained(model, before, path)
