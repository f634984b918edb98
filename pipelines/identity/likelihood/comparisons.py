"""The comparisons of two profiles and their levels, as SQL conditions; each level with its expected probabilities."""

from dataclasses import dataclass

ELSE = "else"


@dataclass(frozen=True)
class Level:
    """One outcome of a comparison.

    `condition`: SQL over the profiles l and r; a pair has the first level whose condition holds. `gate`: a condition that
    neighbouring levels share, so that it is evaluated once. `person`, `household`: probability of the level for two profiles
    of one person, and of two people of one household, as expected before any data; training starts from these and falls
    back to them where data are scarce.
    """

    label: str
    condition: str
    person: float
    household: float
    gate: str = ""

    @property
    def whole_condition(self) -> str:
        """The condition, with its gate."""
        return f"{self.gate} and {self.condition}" if self.gate else self.condition


@dataclass(frozen=True)
class Comparison:
    """The comparison of a field, or of fields that depend on each other.

    `missing`: SQL condition under which the pair is not compared. `levels`: in order, the strongest agreement first.
    """

    name: str
    missing: str
    levels: tuple[Level, ...]


def _same(column: str) -> str:
    return f"l.{column} = r.{column}"


def _is_missing(column: str) -> str:
    return f"l.{column} is null or r.{column} is null"


_SWAPPED = "l.given_name = r.family_name and l.family_name = r.given_name and l.given_name <> r.given_name"
# One name stands in the other's field; the other name is misspelt or different.
_CROSSED = "((l.given_name = r.family_name or l.family_name = r.given_name) and l.given_name <> r.given_name)"


def _only_if(quick: str, slow: str) -> str:
    """SQL: both conditions, the quick one evaluated first; DuckDB may evaluate both sides of an `and` in any order."""
    return f"(case when {quick} then {slow} else false end)"


# A typing error of one letter leaves the first or the second half unchanged, which is cheaper to test; in texts of equal
# length it changes at most two letters.
_ONE_SLIP = _only_if(
    "abs(len(l.{0}) - len(r.{0})) <= 1",
    _only_if(
        "(left(l.{0}, len(l.{0}) // 2 - 1) = left(r.{0}, len(l.{0}) // 2 - 1) "
        "or right(l.{0}, len(l.{0}) // 2 - 1) = right(r.{0}, len(l.{0}) // 2 - 1))",
        _only_if(
            "(case when strlen(l.{0}) = strlen(r.{0}) then hamming(l.{0}, r.{0}) <= 2 else true end)",
            "damerau_levenshtein(l.{0}, r.{0}) <= 1",
        ),
    ),
)
# In short names one letter makes another name. A name half again as long as the other cannot be a misspelling.
_MISSPELT = _only_if(
    "least(len(l.{0}), len(r.{0})) >= 4 and abs(len(l.{0}) - len(r.{0})) * 2 < greatest(len(l.{0}), len(r.{0}))",
    f"({_ONE_SLIP} or jaro_winkler_similarity(l.{{0}}, r.{{0}}, {{1}}) >= {{1}})",
)
# Names of three letters with a letter lost, doubled or exchanged: Eric and Eic, Ana and Anna, Jan and Jna.
_SHORT_MISSPELT = _only_if(
    "least(len(l.given_name), len(r.given_name)) = 3",
    "(left(l.given_name, 1) = left(r.given_name, 1) and damerau_levenshtein(l.given_name, r.given_name) = 1 and (len(l.given_name) <> len(r.given_name) "
    "or list_sort(string_split(l.given_name, '')) = list_sort(string_split(r.given_name, ''))))",
)
# Xiaoming, little Ming: a familiar form of a given name that ends in ming.
_IS_LITTLE = (
    "(starts_with({0}.given_name, 'xiao') and len({0}.given_name) >= 6 and l.given_name <> r.given_name "
    "and ends_with({1}.given_name, substr({0}.given_name, 5)) "
    "and coalesce(right(l.given_han, 1) = right(r.given_han, 1), true))"
)
# Different characters are different names, even with equal pinyin.
_SAME_SCRIPT = "(l.given_han = r.given_han or l.given_han is null or r.given_han is null)"
_SAME_GIVEN = f"{_same('given_name')} and {_SAME_SCRIPT}"
_IS_UNNAMED = "(l.given_name is null or r.given_name is null)"
_IS_NAMELESS = "(l.initial is null or r.initial is null)"
# Magda and Maagdalena with one mailbox magdalena.lantz@: the mailbox belongs to one of the family.
_AS_IN_EMAIL = f"({_same('email')} and {_same('initial')} and l.is_named_in_email and r.is_named_in_email)"
# The second given name is often left out: Javier Osvaldo and Jafier.
_SECOND_LEFT_OUT = _only_if(
    "(l.given_name <> l.first_given_name or r.given_name <> r.first_given_name) "
    "and l.first_given_name <> r.first_given_name",
    _MISSPELT.format("first_given_name", 0.93),
)
_SAME_ADDRESS = f"{_same('address')} and coalesce({_same('street_begin')}, true)"
_SAME_AREA = f"{_same('area')} or {_same('city')}"
_DIFFERING_DATE_PARTS = (
    "((year(l.birth_date) <> year(r.birth_date))::int + (month(l.birth_date) <> month(r.birth_date))::int "
    "+ (day(l.birth_date) <> day(r.birth_date))::int)"
)

# Rarity classes of names: each class is half as frequent as the one before it, class 0 at 1 in 100 profiles or more.
RAREST = 9


def _exact(column: str, condition: str, person: float, household: float) -> list[Level]:
    """One level per rarity class of equal names, the rarest first."""
    return [
        Level(
            f"exact_rarity_{rarity}",
            f"l.{column}_rarity = {rarity}" if rarity else "true",
            person / (RAREST + 1),
            household / (RAREST + 1),
            gate=condition,
        )
        for rarity in range(RAREST, -1, -1)
    ]


_FAMILY_LEVELS = (
    *_exact("family_name", _same("family_name"), 0.72, 0.55),
    # Only names of several parts can share a part without being equal.
    Level(
        "part",
        _only_if(
            "(len(l.family_names) > 1 or len(r.family_names) > 1)",
            "list_has_any(l.family_names, r.family_names)",
        ),
        0.02,
        0.02,
    ),
    Level("similar", _MISSPELT.format("family_name", 0.92), 0.06, 0.03),
    Level("differs", ELSE, 0.06, 0.3),
)

COMPARISONS = (
    Comparison(
        "given_name",
        _is_missing("initial"),
        (
            Level("swapped", _SWAPPED, 0.01, 0.0003),
            *_exact("given_name", _SAME_GIVEN, 0.74, 0.036),
            Level(
                "alias",
                "coalesce(list_contains(l.aliases, r.given_name), false) "
                f"or {_IS_LITTLE.format('l', 'r')} "
                f"or {_IS_LITTLE.format('r', 'l')}",
                0.03,
                0.005,
            ),
            Level(
                "similar",
                f"{_SAME_SCRIPT} and ({_MISSPELT.format('given_name', 0.93)} or {_SHORT_MISSPELT} "
                f"or {_SECOND_LEFT_OUT} or {_AS_IN_EMAIL})",
                0.06,
                0.01,
            ),
            Level(
                "longer_form",
                f"{_SAME_SCRIPT} and "
                "least(len(l.given_name), len(r.given_name)) >= 3 and (starts_with(l.given_name, r.given_name) "
                "or starts_with(r.given_name, l.given_name))",
                0.03,
                0.01,
            ),
            Level("crossed", _CROSSED, 0.003, 0.001),
            Level("initial", f"{_IS_UNNAMED} and {_same('initial')}", 0.06, 0.06),
            Level("same_initial", _same("initial"), 0.03, 0.06),
            Level("differs", ELSE, 0.04, 0.8197),
        ),
    ),
    Comparison(
        # Swapped names count once, with the given name.
        "family_name",
        f"{_is_missing('family_name')} or {_SWAPPED} or {_CROSSED} or coalesce({_SAME_GIVEN}, false)",
        _FAMILY_LEVELS,
    ),
    Comparison(
        # Given and family names are correlated: with a Chinese given name a Chinese family name is likelier.
        "family_name_of_namesakes",
        f"{_is_missing('family_name')} or {_SWAPPED} or {_CROSSED} or not coalesce({_SAME_GIVEN}, false)",
        _FAMILY_LEVELS,
    ),
    Comparison(
        "birth_date",
        _is_missing("birth_date"),
        (
            Level(
                "exact", _only_if(_same("birth_date"), "strftime(l.birth_date, '%m%d') <> '0101'"), 0.92, 0.01
            ),
            Level(
                "year_only",
                _only_if(
                    "year(l.birth_date) = year(r.birth_date)",
                    "(strftime(l.birth_date, '%m%d') = '0101' or strftime(r.birth_date, '%m%d') = '0101')",
                ),
                0.02,
                0.005,
            ),
            Level(
                # One digit differs, two digits are exchanged, or day and month are.
                "one_slip",
                f"{_only_if(f'{_DIFFERING_DATE_PARTS} = 1', 'damerau_levenshtein(l.birth_digits, r.birth_digits) = 1')} "
                "or (year(l.birth_date) = year(r.birth_date) "
                "and month(l.birth_date) = day(r.birth_date) and day(l.birth_date) = month(r.birth_date))",
                0.03,
                0.005,
            ),
            Level("one_part_differs", f"{_DIFFERING_DATE_PARTS} = 1", 0.01, 0.015),
            Level("differs", ELSE, 0.02, 0.965),
        ),
    ),
    Comparison(
        "email",
        # Somebody without a name in a shared mailbox may be any of its users. A local part that consists of the names is
        # no evidence beside the names.
        f"{_is_missing('email')} or ({_same('email')} and l.is_email_shared and {_IS_NAMELESS}) "
        f"or (l.email <> r.email and {_same('email_local')} and not (l.is_email_own and r.is_email_own))",
        (
            Level("exact", _same("email"), 0.65, 0.1),
            Level("same_local_part", _same("email_local"), 0.05, 0.004),
            Level(
                "similar",
                _only_if(
                    _same("email_domain"),
                    _only_if(
                        _ONE_SLIP.format("email_local"),
                        "regexp_replace(l.email_local, '[^0-9]', '', 'g') = regexp_replace(r.email_local, '[^0-9]', '', 'g')",
                    ),
                ),
                0.03,
                0.016,
            ),
            Level("differs", ELSE, 0.27, 0.88),
        ),
    ),
    Comparison(
        "phone",
        f"{_is_missing('phone')} or ({_same('phone')} and l.is_phone_shared and {_IS_NAMELESS})",
        (
            Level("exact", _same("phone"), 0.6, 0.3),
            Level("similar", _ONE_SLIP.format("phone"), 0.03, 0.01),
            Level("differs", ELSE, 0.37, 0.69),
        ),
    ),
    Comparison(
        "place",
        "(l.area is null and l.city is null and l.street is null) or (r.area is null and r.city is null and r.street is null)",
        (
            Level("crowded_address", f"{_SAME_ADDRESS} and l.is_address_crowded", 0.05, 0.06),
            Level("same_address", _SAME_ADDRESS, 0.55, 0.6),
            Level("same_street_and_number", f"{_same('street')} and {_same('house_number')}", 0.05, 0.05),
            Level(
                "similar_street_and_number",
                _only_if(_same("house_number"), _MISSPELT.format("street", 0.92)),
                0.02,
                0.02,
            ),
            Level("same_postcode", _same("postcode"), 0.08, 0.1),
            Level(
                "same_street",
                f"{_same('street')} or {_only_if(_SAME_AREA, _MISSPELT.format('street', 0.92))}",
                0.02,
                0.02,
            ),
            Level("same_area", _SAME_AREA, 0.1, 0.07),
            Level("differs", ELSE, 0.15, 0.1),
        ),
    ),
    Comparison(
        # Beside two full given names gender is no further evidence.
        "gender",
        f"{_is_missing('gender')} or not {_IS_UNNAMED}",
        (Level("same", _same("gender"), 0.98, 0.4), Level("differs", ELSE, 0.02, 0.6)),
    ),
    Comparison(
        "customer_number",
        # Numbers of other feeds say nothing, unless two of them are equal.
        f"{_is_missing('customer_number')} or (l.number_space <> r.number_space and l.customer_number <> r.customer_number)",
        (Level("same", _same("customer_number"), 0.8, 0.01), Level("differs", ELSE, 0.2, 0.99)),
    ),
    Comparison(
        "company",
        _is_missing("company"),
        (
            Level("same", _same("company"), 0.7, 0.3),
            Level("similar", _MISSPELT.format("company", 0.92), 0.1, 0.05),
            Level("differs", ELSE, 0.2, 0.65),
        ),
    ),
)

# The levels in which a household agrees: two people who agree in none of these are no household.
SHARED = {
    "email": ("exact",),
    "phone": ("exact",),
    "place": (
        "crowded_address",
        "same_address",
        "same_street_and_number",
        "similar_street_and_number",
        "same_postcode",
        "same_street",
    ),
}

# The levels that agree in something beside the names.
AGREEING = {
    "birth_date": ("exact", "year_only", "one_slip", "one_part_differs"),
    "email": ("exact", "same_local_part", "similar"),
    "phone": ("exact", "similar"),
    "place": tuple(
        level.label
        for comparison in COMPARISONS
        if comparison.name == "place"
        for level in comparison.levels
        if level.label != "differs"
    ),
    "customer_number": ("same",),
    "company": ("same", "similar"),
}
