"""The words of identity.links, near_links and vetoes, said plainly; the tables keep theirs."""

from collections.abc import Mapping, Sequence

from pipelines.identity.likelihood.comparisons import RAREST

_FIELDS = {
    "given_name": "given name",
    "family_name": "family name",
    "family_name_of_namesakes": "family name, beside an equal given name",
    "birth_date": "birth date",
    "email": "e-mail",
    "phone": "phone",
    "place": "address",
    "gender": "gender",
    "customer_number": "customer number",
    "company": "company",
}
_LEVELS = {
    "exact": "equal",
    "same": "equal",
    "similar": "nearly alike, as if misspelt",
    "differs": "differs",
    "swapped": "given and family name exchanged",
    "alias": "another form of one name",
    "longer_form": "one is the beginning of the other",
    "crossed": "a name in the other's field",
    "initial": "an initial that fits",
    "same_initial": "other names of one initial",
    "part": "one of several names in common",
    "year_only": "one year, day and month perhaps not known",
    "one_slip": "one digit apart, or digits exchanged",
    "one_part_differs": "day, month or year differs",
    "same_local_part": "equal before the @",
    "crowded_address": "one address, where many live",
    "same_address": "one address",
    "same_street_and_number": "one street and number",
    "similar_street_and_number": "one number, the street as if misspelt",
    "same_postcode": "one postcode",
    "same_street": "one street",
    "same_area": "one town or area",
}
# What a sum of bits begins and ends with.
_STEPS = {
    ("before any field", "against household"): "at the outset, against two people of one household",
    ("before any field", "against chance"): "at the outset, against two people alike by chance",
    ("other explanation", "household"): "that they may be of one household instead",
    ("other explanation", "chance"): "that they may be alike by chance instead",
}
_RULES = {
    "probable": "scored as probable",
    "sole_bearer": "alone bear a rare name",
    "sole_holder": "a mailbox or telephone that is theirs alone",
}
_VETOES = {
    "birth_date": "two birth dates",
    "given_name_and_birth_date": "two given names and two birth dates",
    "twins": "two given names of two sexes, in two mailboxes, or both usual",
    "generation": "senior and junior",
    "customer_number": "two customer numbers",
}
# What the records of one person hold that no one person has, as in marts.review_queue.
_CONTRADICTIONS = {
    "birth_dates": "two birth dates",
    "sexes": "two sexes",
    "customer_numbers": "two customer numbers of one feed",
    "names_in_countries": "two names in two countries",
}
# Why somebody should decide about two, in the queue of reviews.
REASONS = {
    "contradiction": "one person, but its records contradict each other",
    "veto": "linked, but they contradict each other",
    "thin_evidence": "linked, but by too little",
    "same_name_and_email": "same full name and e-mail address",
    "below_threshold": "nearly alike enough",
    "many_given_names": "more than three given names",
    "many_family_names": "more than three family names",
    "largest_cluster": "among the largest",
    "fits_several": "fits several companies",
    "other_name": "fits it, under another name",
    "common_name": "only a common name",
    "other_place": "same name, elsewhere",
}
_APART: Mapping[str, str] = {**REASONS, "overruled": "linked, but what else is known overrules it"}


def level_in_words(comparison: str, label: str) -> str:
    """One step of a score: "given name: equal, a name that about one in 1,600 bears"."""
    if (comparison, label) in _STEPS:
        return _STEPS[comparison, label]
    return f"{_FIELDS[comparison]}: {_LEVELS.get(label) or _rarity_in_words(label)}"


def _rarity_in_words(label: str) -> str:
    """Names are counted in steps: each is half as common as the one before it, the first at 1 in 100 profiles."""
    rarity = int(label.removeprefix("exact_rarity_"))
    bears = f"about one in {100 * 2**rarity:,} bears"
    if rarity == 0:
        bears = "one in 100 bears, or more do"
    if rarity == RAREST:
        bears = "hardly anybody bears"
    return f"equal, a name that {bears}"


def rule_in_words(rule: str) -> str:
    """Of a link."""
    return _RULES.get(rule, rule.replace("_", " "))


def veto_in_words(rule: str) -> str:
    """Of two who may not be one person."""
    return _VETOES.get(rule, rule.replace("_", " "))


def contradictions_in_words(contradictions: Sequence[str]) -> str:
    """Of one person: "two birth dates, two sexes"."""
    return ", ".join(_CONTRADICTIONS.get(one, one.replace("_", " ")) for one in contradictions)


def apart_in_words(reason: str) -> str:
    """Of a pair that speaks for one person and is two."""
    return _APART.get(reason, reason.replace("_", " "))
