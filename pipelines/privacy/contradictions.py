"""Finds people whose records contradict each other, so that nobody is shown or erased as somebody else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipelines.contracts import Contract
from pipelines.errors import StamgastError
from pipelines.identity.decisions.overrides import overrides_file, read_overrides
from pipelines.privacy.refused import FIRST_RECORD
from pipelines.warehouse.database import texts


@dataclass(frozen=True)
class Half:
    """Records of a person that agree on a value: one of them with its feed, and how many more there are."""

    profile_id: int
    feed: str
    more: int

    @property
    def words(self) -> str:
        """ "record 12 of feed orders and 3 more"."""
        return f"record {self.profile_id} of feed {self.feed}" + (
            f" and {self.more} more" if self.more else ""
        )


@dataclass(frozen=True)
class Contradiction:
    """Two halves of one owner of `everybody` that contradict each other in `what`, never with the values themselves."""

    owner: int
    what: str
    left: Half
    right: Half

    @property
    def sentence(self) -> str:
        """What contradicts, and the commands that part the halves or go on."""
        left, right = sorted((self.left.profile_id, self.right.profile_id))
        return (
            f"person {abs(self.owner)} holds {self.what}: {self.left.words}, against {self.right.words}; part them with "
            f"stamgast identity review reject {left}-{right} and run again, call them one person with accept in place of "
            'reject, or go on with --although "reason"'
        )


# Given names that are there on both sides and are neither equal nor one the initial of the other.
_NAMES_DIFFER = (
    "(a.given_key <> b.given_key and not (least(length(a.given_key), length(b.given_key)) = 1 "
    "and left(a.given_key, 1) = left(b.given_key, 1)))"
)


def find_contradictions(
    connection: duckdb.DuckDBPyConnection,
    contracts: Sequence[Contract],
    sources: Path,
    as_of: date,
    owners: Sequence[int],
) -> list[Contradiction]:
    """What contradicts inside each of these owners after `write_owners`, once per kind; not what a decision calls one person.

    Birth dates, sexes; two customer numbers of one feed that has one per person, or under two given names; two countries
    under two given names.

    Raises StamgastError: the decisions cannot be read.
    """
    same = [one.pair for one in read_overrides(overrides_file(sources), as_of) if one.is_same]
    decided = ", ".join(f"({left}, {right})" for left, right in same) or "(null::bigint, null::bigint)"
    only_number = texts([one.feed for one in contracts if one.one_number_per_person])
    # Kind, value and condition on two records, a and b, whose values differ.
    kinds: Mapping[str, tuple[str, str]] = {
        "two birth dates": ("birth_date_clean::varchar", "true"),
        "two sexes": ("case when gender_clean in ('female', 'male') then gender_clean end", "true"),
        "two customer numbers of one feed": (
            "number_key",
            f"a.feed = b.feed and (list_contains({only_number}::varchar[], a.feed) or {_NAMES_DIFFER})",
        ),
        "two names in two countries": ("country_clean", _NAMES_DIFFER),
    }
    found: list[Contradiction] = []
    for what, (value, condition) in kinds.items():
        found += [
            Contradiction(owner, what, Half(*left), Half(*right))
            for owner, *both in connection.execute(
                f"""
                with held as (
                    select owner, profile_id, feed, given_key, {value} as value
                    from everybody
                    where owner in (select unnest($owners::bigint[])) and profile_id < {FIRST_RECORD}
                ),
                pairs as (
                    select
                        a.owner, a.profile_id as a_id, b.profile_id as b_id, a.feed as a_feed, b.feed as b_feed,
                        least(a.value, b.value) as one, greatest(a.value, b.value) as other, a.value as a_value
                    from held as a
                    inner join held as b on a.owner = b.owner and a.profile_id < b.profile_id and a.value <> b.value
                    where {condition}
                ),
                open as (
                    select * from pairs
                    anti join (
                        select owner, one, other
                        from pairs inner join (values {decided}) as same (low, high) on a_id = low and b_id = high
                    ) as decided using (owner, one, other)
                ),
                first as (
                    select owner, arg_min(open, (a_id, b_id)) as pair from open group by owner
                )
                select
                    owner, pair.a_id, pair.a_feed, pair.b_id, pair.b_feed,
                    (select count(distinct held.profile_id) - 1 from held where held.owner = first.owner
                        and held.value = pair.a_value),
                    (select count(distinct held.profile_id) - 1 from held where held.owner = first.owner
                        and held.value = if(pair.a_value = pair.one, pair.other, pair.one))
                from first order by owner
                """,
                {"owners": list(owners)},
            ).fetchall()
            for left, right in [((both[0], both[1], both[4]), (both[2], both[3], both[5]))]
        ]
    return sorted(found, key=lambda one: abs(one.owner))


def refuse_contradictions(found: Sequence[Contradiction], although: str | None) -> None:
    """Stops on the first contradiction unless a reason is given.

    Raises StamgastError: something contradicts and no reason to go on is given; or the reason is empty.
    """
    if although is not None and not although.strip():
        raise StamgastError("--although: is empty; write why the records are one person")
    if found and although is None:
        raise StamgastError(found[0].sentence)
