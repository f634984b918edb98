"""The model as Splink settings with two classes, one person (m) and chance (u): for its charts, and to verify our comparisons."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pipelines.errors import StamgastError
from pipelines.identity.likelihood.comparisons import COMPARISONS, ELSE, Comparison
from pipelines.identity.likelihood.model import IdentityModel

if TYPE_CHECKING:
    from splink import SettingsCreator
    from splink.comparison_library import CustomComparison


def splink_settings(model: IdentityModel, size: int) -> "SettingsCreator":
    """Comparisons, levels and weights of the model among profiles of this size class; profiles as in identity_compared."""
    # A second to import, and only charts need it.
    from splink import SettingsCreator

    prior, _ = model.priors(size)
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="profile_id",
        probability_two_random_records_match=1 / (1 + 2.0**-prior),
        comparisons=[_comparison(comparison, model) for comparison in COMPARISONS],
        retain_intermediate_calculation_columns=True,
    )


def _comparison(comparison: Comparison, model: IdentityModel) -> "CustomComparison":
    from splink.comparison_level_library import CustomLevel, ElseLevel
    from splink.comparison_library import CustomComparison

    levels: list[Any] = [CustomLevel(_on_pairs(comparison.missing), "missing").configure(is_null_level=True)]
    for level in comparison.levels:
        weights = model.levels[comparison.name][level.label]
        made = ElseLevel() if level.condition == ELSE else CustomLevel(_on_pairs(level.whole_condition))
        levels.append(
            made.configure(
                m_probability=weights.person, u_probability=weights.chance, label_for_charts=level.label
            )
        )
    return CustomComparison(output_column_name=comparison.name, comparison_levels=levels)


def _on_pairs(condition: str) -> str:
    """The condition with the suffixes by which Splink marks the two profiles."""
    return re.sub(r"\b([lr])\.(\w+)", r"\2_\1", condition)


def check_chart(path: Path) -> None:
    """Checks that a chart can be written there.

    Raises StamgastError: another format, a folder that does not exist.
    """
    if path.suffix != ".html":
        raise StamgastError(f"{path}: the chart is an HTML page; end the file's name in .html")
    if not path.absolute().parent.is_dir():
        raise StamgastError(f"{path}: there is no such folder; make it or name another")


def save_chart(path: Path, model: IdentityModel, size: int) -> None:
    """Writes Splink's chart of the weight of each level as one self-contained HTML file. Raises as `check_chart`."""
    from splink import DuckDBAPI, Linker

    check_chart(path)
    api = DuckDBAPI()
    columns = sorted(
        {
            column
            for comparison in COMPARISONS
            for condition in (comparison.missing, *(level.whole_condition for level in comparison.levels))
            for _, column in re.findall(r"\b([lr])\.(\w+)", condition)
        }
    )
    nobody = pa.table(
        {"profile_id": pa.array([0], pa.int64())} | {column: pa.nulls(1, pa.string()) for column in columns}
    )
    people = api.register(nobody, table_name="people")
    linker = Linker(people, splink_settings(model, size), validate_settings=False, log_level=None)
    linker.visualisations.match_weights_chart().save(path, format="html", inline=True)
