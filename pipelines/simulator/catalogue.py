"""The products: departments, categories, types, prices, and what is bought together."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulator.columns import Text, words
from pipelines.simulator.world import Dice

_DEPARTMENTS: dict[str, dict[str, str]] = {
    "Garden": {
        "Plants": "rose,lavender,herb set,olive tree,flower bulbs", "Tools": "spade,secateurs,rake,watering can,wheelbarrow",
        "Furniture": "bench,lounge chair,parasol,garden table", "Lawn": "grass seed,fertiliser,lawn mower,hose",
    },
    "Kitchen": {
        "Cookware": "frying pan,casserole,wok,saucepan", "Knives": "chef's knife,bread knife,sharpener",
        "Appliances": "blender,kettle,toaster,mixer,coffee machine", "Tableware": "plate set,bowl,mug,cutlery",
    },
    "Living": {
        "Lighting": "floor lamp,table lamp,pendant,LED bulb", "Textiles": "cushion,plaid,rug,curtain",
        "Storage": "basket,shelf,box", "Decoration": "vase,candle,mirror,picture frame",
    },
    "Bath & bed": {
        "Towels": "bath towel,guest towel,bath mat", "Bedding": "duvet cover,pillow,fitted sheet,duvet",
        "Care": "soap set,bathrobe,scented oil",
    },
    "Do it yourself": {
        "Power tools": "drill,sander,jigsaw", "Paint": "wall paint,varnish,brush set,roller",
        "Hardware": "screw set,toolbox,ladder,tape measure", "Safety": "smoke detector,lock,gloves",
    },
    "Pets": {"Dogs": "dog food,lead,dog bed", "Cats": "cat food,scratching post,litter", "Birds": "nest box,bird seed,feeder"},
}  # fmt: skip
_BRANDS = (
    "Noorderlicht",
    "Vika",
    "Haven & Zn",
    "Brabo",
    "Skog",
    "Merle",
    "Pluim",
    "Ostara",
    "Werkman",
    "Huisraad",
)
_MODELS = ("Basic", "Classic", "Pro", "Mini", "XL", "Nordic", "Oak", "Eco")
_PRICES = {
    "Garden": 24,
    "Kitchen": 29,
    "Living": 22,
    "Bath & bed": 26,
    "Do it yourself": 31,
    "Pets": 14,
}  # median in euro


@dataclass(frozen=True)
class Catalogue:
    """One entry per product; `complement` is the product that is often bought with it."""

    sku: Text
    name: list[str]
    brand: list[str]
    department: np.ndarray
    category: list[str]
    product_type: list[str]
    cents: np.ndarray
    complement: np.ndarray
    department_names: list[str]
    chances: tuple[np.ndarray, ...]  # per department: (first product, cumulative popularity)
    first: np.ndarray

    @property
    def size(self) -> int:
        """How many products there are."""
        return len(self.name)

    def draw(self, rng: np.random.Generator, department: np.ndarray) -> np.ndarray:
        """A product of each department by popularity."""
        draws, product = rng.random(len(department)), np.empty(len(department), dtype=np.int32)
        for place, cumulative in enumerate(self.chances):
            mine = np.flatnonzero(department == place)
            product[mine] = self.first[place] + np.searchsorted(cumulative, draws[mine] * cumulative[-1])
        return product


def make_catalogue(dice: Dice) -> Catalogue:
    """Some hundreds of products: each type in several models."""
    rng = dice.of("catalogue")
    rows = [
        (place, category, product_type, model)
        for place, categories in enumerate(_DEPARTMENTS.values())
        for category, types in categories.items()
        for product_type in types.split(",")
        for model in sorted(rng.choice(_MODELS, int(rng.integers(2, 7)), replace=False))
    ]
    department = np.array([row[0] for row in rows])
    names = list(_DEPARTMENTS)
    median = np.array([_PRICES[name] for name in names])[department]
    # Prices end on 5 or 9 cents, as prices do.
    cents = (median * rng.lognormal(0, 0.7, len(rows)) * 10).astype(np.int64).clip(12) * 10 + rng.choice(
        [5, 9], len(rows)
    )
    first = np.searchsorted(department, np.arange(len(names)))
    sizes = np.bincount(department)
    popularity = tuple(np.cumsum(rng.permutation(1.0 / np.arange(2, size + 2) ** 0.9)) for size in sizes)
    near = (
        first[department]
        + (np.arange(len(rows)) - first[department] + rng.integers(1, 9, len(rows))) % sizes[department]
    )
    return Catalogue(
        words([f"SG-{10_000 + place * 7}" for place in range(len(rows))]),
        [f"{product_type.capitalize()} {model}" for _, _, product_type, model in rows],
        [str(brand) for brand in rng.choice(_BRANDS, len(rows))], department,
        [row[1] for row in rows], [row[2] for row in rows], cents, near, names, popularity, first,
    )  # fmt: skip
