"""How the match weight of a pair adds up, step by step and as a plot; ids, levels and weights only, no personal data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import StamgastError
from pipelines.identity.likelihood.model import IdentityModel, Waterfall

if TYPE_CHECKING:
    import altair as alt

FORMATS = ("html", "svg", "png")
# Match weights that round to 0.0.
_NOTHING = 0.05
_FOR, _AGAINST, _SUM = "#3b7a57", "#b5483a", "#6b7280"


@dataclass(frozen=True)
class Step:
    """One addend of the match weight (log2 odds): what it is, its label, its weight; positive is evidence for one person."""

    what: str
    label: str
    weight: float


def waterfall_of(model: IdentityModel, levels: Mapping[str, str | None], size: int) -> Waterfall | None:
    """The waterfall of a pair; None if the model does not have all of the labels."""
    if any(label is not None and label not in model.levels.get(field, {}) for field, label in levels.items()):
        return None
    return model.explain(levels, size)


def steps(waterfall: Waterfall) -> list[Step]:
    """The prior, each field with the strongest first, and what the less likely explanation subtracts; their sum is the total."""
    other = "chance" if waterfall.alternative == "household" else "household"
    fields = sorted(waterfall.fields, key=lambda field: -abs(field[2]))
    rest = waterfall.total - waterfall.prior - sum(weight for *_, weight in fields)
    return [
        Step("before any field", f"against {waterfall.alternative}", waterfall.prior),
        *(Step(field, label, weight) for field, label, weight in fields),
        *([Step("other explanation", other, rest)] if abs(rest) > _NOTHING else []),
    ]


def save_plot(path: Path, pairs: Sequence[tuple[tuple[int, int], Waterfall]]) -> None:
    """Writes the waterfalls of these pairs, one below the other; the format is that of the file's name.

    The HTML holds all it needs: nothing is fetched from elsewhere when it is opened.
    Raises StamgastError: another format, no pair that was scored, a folder that is not there.
    """
    if path.suffix.lstrip(".") not in FORMATS:
        raise StamgastError(
            f"{path}: a plot is written as {', '.join(FORMATS)}; end the file's name in one of them"
        )
    if not pairs:
        raise StamgastError(f"{path}: no pair of these profiles was scored, so there is nothing to plot")
    if not path.absolute().parent.is_dir():
        raise StamgastError(f"{path}: there is no such folder; make it or name another")
    import altair as alt  # takes 1 to 2 s, so only for plots

    chart = alt.vconcat(*(_panel(ids, waterfall) for ids, waterfall in pairs))
    chart.save(path, inline=path.suffix == ".html")


def _panel(ids: tuple[int, int], waterfall: Waterfall) -> "alt.LayerChart | alt.FacetChart":
    import altair as alt

    bars = alt.Chart(alt.Data(values=_bars(waterfall))).encode(
        y=alt.Y("what:N", sort=None, title=None, axis=alt.Axis(labelLimit=300)),
    )
    title = (
        f"{ids[0]} - {ids[1]}: match weight {waterfall.total:+.1f}, probability {waterfall.probability:.4f} "
        f"of one person against {waterfall.alternative}"
    )
    return alt.layer(
        bars.mark_bar(height=14).encode(
            x=alt.X("from:Q", title="match weight (log2 odds) for one person"),
            x2="to:Q",
            color=alt.Color("colour:N", scale=None),
        ),
        bars.mark_text(align="left", dx=4).encode(x=alt.X("right:Q"), text="weight:N"),
        alt.Chart(alt.Data(values=[{"at": 0}])).mark_rule(strokeDash=[3, 3]).encode(x="at:Q"),
    ).properties(title=title, width=560)


def _bars(waterfall: Waterfall) -> list[dict[str, Any]]:
    bars, at = [], 0.0
    for step in steps(waterfall):
        bars.append(
            _bar(f"{step.what}: {step.label}", at, at + step.weight, _FOR if step.weight > 0 else _AGAINST)
        )
        at += step.weight
    return [*bars, _bar("sum", 0.0, waterfall.total, _SUM)]


def _bar(what: str, start: float, end: float, colour: str) -> dict[str, Any]:
    return {
        "what": what,
        "from": round(start, 3),
        "to": round(end, 3),
        "right": round(max(start, end), 3),
        "weight": f"{end - start:+.1f}",
        "colour": colour,
    }
