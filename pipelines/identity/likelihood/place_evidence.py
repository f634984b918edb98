"""Adapts a model to how many people share a postcode or a town: where all customers live in one town, it is no evidence."""

import math

import duckdb

from pipelines.identity.likelihood.model import IdentityModel, LevelWeights

# Chances are raised by whole powers of this, so that a day's growth changes no weight.
_STEP = 4
# With fewer pairs of strangers who share one, nothing is changed.
_FEWEST = 30


def as_crowded(connection: duckdb.DuckDBPyConnection, profiles: str, model: IdentityModel) -> IdentityModel:
    """The model with the probability that strangers share a postcode or a town raised to that among these profiles.

    A model has the probability of the profiles it was trained on. It is raised where people live closer together, never
    lowered. Strangers are people with different family names. `profiles`: a relation such as int_profiles_seen.
    """
    ((postcode, area),) = connection.execute(
        f"""
        with living as (
            select distinct
                lower(family_name_clean) as family_name, country_clean as country, postcode_clean as postcode,
                coalesce(postcode_area, lower(city_clean)) as area
            from {profiles}
            where makes_people and family_name_clean is not null and coalesce(postcode_clean, city_clean) is not null
        ),

        postcodes as (
            select count(*) as people from living where postcode is not null group by country, postcode
        ),

        areas as (
            select count(*) as people from living where area is not null group by country, area
        )

        select
            (
                select sum(people * (people - 1)) / (sum(people) * (sum(people) - 1))
                from postcodes
                having sum(people * (people - 1)) / 2 >= {_FEWEST}
            ),
            (
                select sum(people * (people - 1)) / (sum(people) * (sum(people) - 1))
                from areas
                having sum(people * (people - 1)) / 2 >= {_FEWEST}
            )
        """
    ).fetchall()
    levels = dict(model.levels["place"])
    raised = [
        label
        for label, shared in (
            ("same_postcode", postcode or 0.0),
            ("same_area", (area or 0.0) - (postcode or 0.0)),
        )
        if _raise(levels, label, shared)
    ]
    if not raised:
        return model
    rest = 1 - sum(level.chance for label, level in levels.items() if label != "differs")
    levels["differs"] = levels["differs"].model_copy(update={"chance": max(rest, 0.01)})
    return model.model_copy(
        update={"name": f"{model.name}, crowded", "levels": {**model.levels, "place": levels}}
    )


def _raise(levels: dict[str, LevelWeights], label: str, shared: float) -> bool:
    """Raises the chance of a level by whole steps towards the share observed; returns whether it did."""
    steps = round(math.log(shared / levels[label].chance, _STEP)) if shared > 0 else 0
    if steps > 0:
        chance = min(levels[label].chance * _STEP**steps, 0.9)
        levels[label] = levels[label].model_copy(update={"chance": chance})
    return steps > 0
