"""Writes pseudopeople's sample population with its own noise as CSV files; run by an interpreter that has the package."""

import sys
from pathlib import Path
from typing import Any

# By default it spoils each cell in one of a hundred ways of each sort; people who fill in forms are worse.
NOISE_FACTOR = 3.0
YEARS = (2020, 2030)


def _raised(noise: Any) -> Any:
    """The noise with every probability of a cell multiplied."""
    if not isinstance(noise, dict):
        return noise
    return {
        key: min(1.0, value * NOISE_FACTOR) if key == "cell_probability" else _raised(value)
        for key, value in noise.items()
    }


def main(folder: Path) -> None:
    """Writes census_2020.csv, census_2030.csv, wages_2020.csv and social_security.csv."""
    # The package lives in an environment of its own: it asks for an older scipy than this project.
    import pseudopeople  # type: ignore[import-not-found, unused-ignore]

    config = {
        name: {"column_noise": _raised(noise["column_noise"])}
        for name, noise in pseudopeople.get_config().items()
    }
    for year in YEARS:
        pseudopeople.generate_decennial_census(year=year, seed=year, config=config).to_csv(
            folder / f"census_{year}.csv", index=False
        )
    pseudopeople.generate_taxes_w2_and_1099(year=2020, seed=1, config=config).to_csv(
        folder / "wages_2020.csv", index=False
    )
    pseudopeople.generate_social_security(year=2020, seed=1, config=config).to_csv(
        folder / "social_security.csv", index=False
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
