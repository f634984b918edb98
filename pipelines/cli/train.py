"""`stamgast identity train`: a model of the company's own profiles, into the ledger."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipelines.errors import StamgastError
from pipelines.identity import IdentityModel, read_model
from pipelines.identity.likelihood.model import size_class
from pipelines.identity.likelihood.splinked import check_chart, save_chart
from pipelines.identity.likelihood.training import train
from pipelines.settings import Settings
from pipelines.warehouse.database import attach, connect
from pipelines.warehouse.files import write_atomically
from pipelines.warehouse.locking import locked


def train_model(settings: Settings, description: str, chart: Path | None, console: Console) -> None:
    """Trains on the profiles of the last build and writes `ledger/models/<number>.json`, and Splink's chart of it to `chart`.

    Raises StamgastError: there is no build yet.
    """
    places = settings.places
    if chart:
        check_chart(chart)
    if not places.scratch.exists():
        raise StamgastError(f"{places.scratch}: there is no build to learn from; run: stamgast run")
    with locked(places):
        folder = places.models
        folder.mkdir(parents=True, exist_ok=True)
        number = max((int(path.stem) for path in folder.glob("*.json")), default=0) + 1
        before = read_model(places)
        with connect(places) as connection, console.status("training") as status:
            attach(connection, places, places.scratch, read_only=True)
            model = train(
                connection,
                name=f"company-{number:04d}",
                description=description,
                as_of=settings.as_of,
                # Not the company's last model: what no pair shows would grow rarer with every training.
                start=read_model(),
                progress=status.update,
            )
        path = folder / f"{number:04d}.json"
        write_atomically(path, model.model_dump_json(indent=1) + "\n")
    if chart:
        save_chart(chart, model, size_class(model.trained_on.profiles))
    console.print(_levels(model, before))
    console.print(
        f"{model.name}: {model.trained_on.profiles:,} profiles, {model.trained_on.pairs:,} pairs compared, "
        f"{len(model.aliases):,} pairs of given names that stand for each other; {path}"
    )
    console.print(
        "What it would change: stamgast identity preview. The next run uses it; delete the file to go back."
    )


def _levels(model: IdentityModel, before: IdentityModel) -> Table:
    table = Table("comparison", "level", "one person", "household", "chance", "one person before")
    for comparison, levels in model.levels.items():
        for label, weights in levels.items():
            table.add_row(
                comparison,
                label,
                f"{weights.person:.4f}",
                f"{weights.household:.4f}",
                f"{weights.chance:.2g}",
                f"{before.levels[comparison][label].person:.4f}",
            )
    return table
