"""How good clusters are: closed-cluster pairs, B-cubed, pairs of people who are easily mistaken for each other, blocking."""

from dataclasses import asdict, dataclass, field

import duckdb
import numpy as np

from pipelines.identity.people.components import smallest_reachable


@dataclass(frozen=True)
class Agreement:
    """Precision and recall, and what they were counted from."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean; 0 where both are."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def as_dict(self) -> dict[str, float]:
        """The three figures."""
        return asdict(self) | {"f1": self.f1}


@dataclass(frozen=True)
class Figures:
    """What the clusters of one method are worth on one set.

    `pairs`: pairs of profiles in one cluster against pairs of one person. `b_cubed`: the mean over profiles of the
    share of its cluster that is its person, and of its person that is in its cluster. `groups`: as `pairs`, of the
    pairs with at least one profile of such a person.
    """

    pairs: Agreement
    b_cubed: Agreement
    groups: dict[str, Agreement] = field(default_factory=dict)


def _share(part: float | None, whole: float | None) -> float:
    # No pair found is no pair wrong.
    return part / whole if part is not None and whole else 1.0


def judge(connection: duckdb.DuckDBPyConnection, found: str, among: str) -> Figures:
    """The figures of the query `found` (profile_id, cluster_id) against the view `truth`.

    Only the profiles of the query `among` that are in the truth are looked at. One that is not in `found` is a
    cluster of its own.
    """
    connection.execute(f"""
        create or replace temp table judged as
        select truth.profile_id, truth.person_id, truth.groups, coalesce(found.cluster_id, -truth.profile_id) as cluster_id
        from truth
        semi join ({among}) as among on truth.profile_id = among.profile_id
        left join ({found}) as found on truth.profile_id = found.profile_id
    """)
    both, of_clusters, of_people = connection.execute("""
        with
        cells as (select cluster_id, person_id, count(*) as size from judged group by all),
        clusters as (select cluster_id, sum(size) as size from cells group by all),
        people as (select person_id, sum(size) as size from cells group by all)
        select
            (select sum(size * (size - 1)) from cells),
            (select sum(size * (size - 1)) from clusters),
            (select sum(size * (size - 1)) from people)
    """).fetchall()[0]
    precision, recall = connection.execute("""
        with
        cells as (select cluster_id, person_id, count(*) as size from judged group by all),
        sizes as (
            select
                size,
                sum(size) over (partition by cluster_id) as cluster_size,
                sum(size) over (partition by person_id) as person_size
            from cells
        )
        select sum(size * size / cluster_size) / sum(size), sum(size * size / person_size) / sum(size) from sizes
    """).fetchall()[0]
    groups = {}
    for name, same, found_pairs, all_pairs in connection.execute("""
        with
        marked as (select judged.*, unnest(groups) as name from judged),
        cells as (select name, cluster_id, person_id, count(*) as size from marked group by all),
        clusters as (select cluster_id, count(*) as size from judged group by all),
        in_clusters as (
            select cells.name, clusters.cluster_id, clusters.size, sum(cells.size) as marked_size
            from cells inner join clusters using (cluster_id)
            group by all
        ),
        people as (select name, person_id, sum(size) as size from cells group by all)
        select
            name,
            (select sum(size * (size - 1)) from cells where cells.name = names.name),
            (
                select sum(size * (size - 1) - (size - marked_size) * (size - marked_size - 1))
                from in_clusters where in_clusters.name = names.name
            ),
            (select sum(size * (size - 1)) from people where people.name = names.name)
        from (select distinct name from cells) as names
        order by name
    """).fetchall():
        groups[name] = Agreement(_share(same, found_pairs), _share(same, all_pairs))
    return Figures(
        Agreement(_share(both, of_clusters), _share(both, of_people)), Agreement(precision, recall), groups
    )


@dataclass(frozen=True)
class Blocking:
    """What candidate pairs allow at most.

    `recall`: share of the pairs of one person that are candidates. `closed_recall`: the same after true candidates
    are closed to clusters, the recall of a perfect judge. `pairs_per_profile`: candidates for each profile resolved.
    """

    recall: float
    closed_recall: float
    pairs_per_profile: float


def judge_blocking(connection: duckdb.DuckDBPyConnection, candidates: str, profiles: int) -> Blocking:
    """The figures of the query `candidates` (left_profile_id, right_profile_id), each pair once."""
    connection.execute(f"""
        create or replace temp table true_candidates as
        select candidates.left_profile_id, candidates.right_profile_id, a.person_id
        from ({candidates}) as candidates
        inner join truth as a on candidates.left_profile_id = a.profile_id
        inner join truth as b on candidates.right_profile_id = b.profile_id and a.person_id = b.person_id
    """)
    count, of_people = connection.execute(f"""
        select
            (select count(*) from ({candidates})),
            (select sum(size * (size - 1)) / 2 from (select count(*) as size from truth group by person_id))
    """).fetchall()[0]
    links = connection.execute(
        "select left_profile_id, right_profile_id from true_candidates"
    ).to_arrow_table()
    nodes = (
        connection.execute("select profile_id from truth order by profile_id")
        .to_arrow_table()["profile_id"]
        .to_numpy()
    )
    left, right = (column.to_numpy() for column in links.columns)
    _, sizes = np.unique(smallest_reachable(nodes, left, right), return_counts=True)
    closed = int((sizes * (sizes - 1)).sum()) // 2
    return Blocking(_share(len(left), of_people), _share(closed, of_people), count / max(profiles, 1))
