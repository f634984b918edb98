"""How often the golden record is right, and whether its probabilities are, on a simulated company that knows the truth."""

import argparse
import sys
import tempfile
from pathlib import Path

import altair as alt
import duckdb
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-untyped]
from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]

from pipelines.warehouse.database import text
from tests.benchmarks.marts import in_own_process, measure
from tests.benchmarks.marts_methods.halving import learn_of_half

# The probability of a name is that of both its parts.
REACHED_BY = ("email", "phone", "address", "work")
MARGIN, WORST_CALIBRATION = 0.05, 0.03
_SQL = Path(__file__).with_name("golden_record.sql")
_FEATURES = (
    "is_at_work", "age", "seen_for", "source_count", "profile_count", "score", "support_points", "contradicting_points",
    "change_points", "use_points", "borne_points", "newest_rank", "value_count",
)  # fmt: skip


def built(folder: Path, people: int, seed: int) -> Path:
    """The company in `folder`, simulated, landed and built by dbt; its rates are those of half of the people."""
    if not (folder / "built").exists():
        measure(folder, people, seed)
        in_own_process(learn_of_half, folder)
        (folder / "built").touch()
    return folder


def read_candidates(folder: Path) -> pd.DataFrame:
    """One row per person, attribute and value that was stated: whether it is right, and what the methods would take.

    Several values may be valid (at home, at work): the person's own one is right where it was ever stated.
    """
    build = folder / "warehouse" / "build"
    with duckdb.connect() as connection:
        for name in ("analytics", "customers", "scratch"):
            connection.execute(f"attach {text(build / f'{name}.duckdb')} as {name} (read_only)")
        facts = connection.execute(
            f"select facts_path from {text(build / 'loads.parquet')} where is_read and profiles_path is not null"
        ).fetchall()
        connection.execute(f"set variable facts = {[path for (path,) in facts]!r}")
        connection.execute(f"set variable loads = {text(build / 'loads.parquet')}")
        connection.execute(f"set variable truth = {text(folder / 'truth')}")
        for statement in _SQL.read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                connection.execute(statement)
        return connection.execute("from candidates order by attribute, person_id, value_rank").df()


def accuracy(candidates: pd.DataFrame) -> pd.DataFrame:
    """Share of people for whom each method takes the right value, among those with several values of which one is right."""
    groups = candidates.groupby(["attribute", "person_id"])
    judged = candidates[(groups["value"].transform("size") > 1) & groups["is_right"].transform("any")].copy()
    judged["ceiling"] = _taught(judged)
    taken = {
        "newest": ["last_seen_at", "profile_id"], "most frequent": ["seen_profiles", "last_seen_at", "profile_id"],
        "golden": ["is_golden"], "ceiling": ["ceiling"],
    }  # fmt: skip
    rows = []
    for name, part in [("all", judged), ("no employer", judged[~judged["is_contact"]])]:
        for attribute, mine in part.groupby("attribute"):
            row: dict[str, object] = {
                "people": name,
                "attribute": attribute,
                "count": mine["person_id"].nunique(),
            }
            for method, order in taken.items():
                best = mine.sort_values(order).groupby("person_id").tail(1)
                row[method] = best["is_right"].mean()
            rows.append(row)
    return pd.DataFrame(rows)


def _taught(judged: pd.DataFrame) -> pd.Series:
    """What a model taught the truth about other people gives each value."""
    result = pd.Series(0.0, index=judged.index)
    for _, mine in judged.groupby("attribute"):
        features, is_right = mine[list(_FEATURES)].astype(float), mine["is_right"].astype(int)
        for train, test in GroupKFold(5).split(features, is_right, mine["person_id"]):
            model = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=8, random_state=0)
            model.fit(features.iloc[train], is_right.iloc[train])
            result[mine.index[test]] = model.predict_proba(features.iloc[test])[:, 1]
    return result


def _of_other_half(candidates: pd.DataFrame) -> pd.DataFrame:
    """The golden values of those who had no part in the rates."""
    is_judged = candidates["is_golden"] & candidates["attribute"].isin(REACHED_BY)
    return candidates[is_judged & (candidates["person_id"] % 2 == 1)].copy()


def calibration(candidates: pd.DataFrame) -> pd.DataFrame:
    """Brier skill against the constant rate and expected calibration error, of the golden values of the other half."""
    golden = _of_other_half(candidates)
    rows = []
    for attribute, mine in golden.groupby("attribute"):
        right, given = mine["is_right"].astype(float), mine["right_probability"].astype(float)
        bins = np.minimum((given * 20).astype(int), 19)
        by_bin = pd.DataFrame({"bin": bins, "right": right, "given": given}).groupby("bin")
        gaps = by_bin.apply(lambda part: abs(part["right"].mean() - part["given"].mean()) * len(part))
        rate = right.mean()
        rows.append({
            "attribute": attribute, "count": len(mine), "right": rate, "given": given.mean(),
            "brier_skill": 1 - ((right - given) ** 2).mean() / (rate * (1 - rate)), "error": gaps.sum() / len(mine),
        })  # fmt: skip
    return pd.DataFrame(rows)


def plot(candidates: pd.DataFrame, path: Path) -> None:
    """The reliability curve of each attribute: how often values given so much are right."""
    golden = _of_other_half(candidates)
    golden["bin"] = np.minimum((golden["right_probability"].astype(float) * 20).astype(int), 19)
    points = (
        golden.groupby(["attribute", "bin"])
        .agg(given=("right_probability", "mean"), right=("is_right", "mean"), people=("is_right", "size"))
        .reset_index()
    )
    curve = (
        alt.Chart(points)
        .mark_line(point=True)
        .encode(
            x=alt.X("given:Q", title="probability given", scale=alt.Scale(domain=[0, 1])),
            y=alt.Y("right:Q", title="share that is right", scale=alt.Scale(domain=[0, 1])),
            size=alt.Size("people:Q", legend=None), color=alt.Color("attribute:N", legend=None),
        )
    )  # fmt: skip
    ideal = alt.Chart(pd.DataFrame({"given": [0, 1], "right": [0, 1]})).mark_line(
        strokeDash=[4, 4], color="grey"
    )
    layered = alt.layer(ideal.encode(x="given:Q", y="right:Q"), curve, data=points)
    path.parent.mkdir(parents=True, exist_ok=True)
    layered.properties(width=220, height=220).facet("attribute:N", columns=3).save(path)


def main() -> None:
    """Prints both tables; exit 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.golden_record", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--keep",
        type=Path,
        help="a folder for the company, so that it is built once; remove its `built` to build it anew",
    )
    parser.add_argument("--plots", type=Path, default=Path("warehouse/benchmarks"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stamgast_golden_") as scratch:
        folder = (asked.keep or Path(scratch)).resolve() / f"{asked.people}-{asked.seed}"
        candidates = read_candidates(built(folder, asked.people, asked.seed))
    console = Console(width=None if sys.stdout.isatty() else 140)
    shares, probabilities = accuracy(candidates), calibration(candidates)
    for title, frame in (
        ("Right among several values", shares),
        ("Probability of still being right", probabilities),
    ):
        table = Table(title=title)
        for column in frame.columns:
            table.add_column(column)
        for row in frame.itertuples(index=False):
            table.add_row(*(f"{cell:.4f}" if isinstance(cell, float) else str(cell) for cell in row))
        console.print(table)
    plot(candidates, asked.plots / "golden_record.html")
    console.print(f"Reliability curves: {asked.plots / 'golden_record.html'}")
    sys.exit(1 if missed(shares, probabilities) else 0)


def missed(shares: pd.DataFrame, probabilities: pd.DataFrame) -> list[str]:
    """The attributes that miss a goal, with the goal."""
    everybody = shares[shares["people"] == "all"]
    return [
        f"{row.attribute}: less than {MARGIN:.0%} better"
        for row in everybody.itertuples()
        if row.golden < max(row.newest, everybody.loc[row.Index, "most frequent"]) + MARGIN
    ] + [
        f"{row.attribute}: probabilities"
        for row in probabilities.itertuples()
        if row.brier_skill <= 0 or row.error > WORST_CALIBRATION
    ]


if __name__ == "__main__":
    main()
