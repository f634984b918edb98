"""`stamgast identity train`: a model of the company's own profiles, into the ledger."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipelines.identity import IdentityModel
from pipelines.identity.likelihood.model import size_class
from pipelines.identity.likelihood.splinked import check_chart, save_chart
from pipelines.orchestration import training
from pipelines.settings import Settings


def train_model(settings: Settings, description: str, chart: Path | None, console: Console) -> None:
    """Trains on the profiles of the last build and writes `ledger/models/<number>.json`, and Splink's chart of it to `chart`.

    Raises StamgastError: there is no build yet.
    """
    if chart:
        check_chart(chart)
    with console.status("training") as status:
        trained = training.train_model(settings, description, status.update)
    model = trained.model
    if chart:
        save_chart(chart, model, size_class(model.trained_on.profiles))
    console.print(_levels(model, trained.before))
    console.print(
        f"{model.name}: {model.trained_on.profiles:,} profiles, {model.trained_on.pairs:,} pairs compared, "
        f"{len(model.aliases):,} pairs of given names that stand for each other; {trained.path}"
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
