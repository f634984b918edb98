"""Detects whether profiles show households; where none live together, shared contact points and places are evidence for one person."""

import duckdb

# Two profiles at one place with one family name and quite another given name are a family, or a given name is wrong. With
# one given name and quite another family name they are one person who married, or a family name is wrong. Wrong names are
# equally likely in both, so where there are families the first are far more frequent than the second: 5 to 400 times in
# every set of the benchmark with families, .7 to 2.8 times in the four FEBRL sets, which have none.
_LEAST_TIMES, _LEAST_PAIRS = 4.0, 15
# There are no families either if nearly all pairs that share place and family name share the given name too.
_LEAST_SHARE, _LEAST_JUDGED = 0.05, 30
# Names of one region or age group agree more often than names drawn at random.
_TIMES_CHANCE = 2
# Size of the sample, in profiles.
_SAMPLED = 200_000
# Places with more profiles than a house or a street has people: nearly all are strangers to each other.
_LARGEST_HOME, _LARGEST_QUARTER = 12, 200
_FOLDED = "lower(strip_accents({}))"
_POINTS = """
with named as (
    select
        profile_id, phone_clean, postcode_clean, house_number_clean, street_clean, city_clean, birth_date_clean,
        given_name_clean, family_name_clean
    from {profiles}
    where makes_people and given_name_clean is not null and family_name_clean is not null
),

points as (
    select 'home' as sort, phone_clean as point, profile_id, given_name_clean, family_name_clean from named
    union all
    select
        case when house_number_clean is not null then 'home' else 'quarter' end,
        case
            when house_number_clean is null then coalesce(postcode_clean, city_clean)
            else coalesce(postcode_clean, city_clean) || ' ' || house_number_clean || ' ' || coalesce(street_clean, '')
        end,
        profile_id,
        given_name_clean,
        family_name_clean
    from named
    union all
    select 'birthday', birth_date_clean::varchar, profile_id, given_name_clean, family_name_clean
    from named
    where strftime(birth_date_clean, '%m%d') <> '0101'
        and not exists (from named where coalesce(phone_clean, postcode_clean, city_clean) is not null)
)
"""


def shows_households(connection: duckdb.DuckDBPyConnection, profiles: str) -> bool:
    """Whether the profiles show households: pairs at one place with one family name and two given names that are two people.

    A place is a phone number or an address, or a postcode or city where no more is given; if no profile has any of these, the
    birth date, which twins share. Mailboxes are not used, since a person has several. Pairs that agree by chance are
    subtracted: as many as names would agree among pairs that share neither name. True if there are too few pairs to judge,
    since most companies' customers live together. `profiles`: a relation such as int_profiles_seen.
    """
    ((other_given, other_family, same),) = connection.execute(
        _pairs_at_one_place(connection, profiles)
    ).fetchall()
    if other_given + same >= _LEAST_JUDGED and other_given < _LEAST_SHARE * (other_given + same):
        return False
    return bool(other_given + other_family < _LEAST_PAIRS or other_given >= _LEAST_TIMES * other_family)


def _pairs_at_one_place(connection: duckdb.DuckDBPyConnection, profiles: str) -> str:
    """SQL for one row of counts of pairs at one place, agreement by chance subtracted from the first two.

    The counts: another given name and one family name, one given name and another family name, the same names.
    """
    points = _POINTS.format(profiles=profiles)
    ((count,),) = connection.execute(f"{points} select count(*) from points").fetchall()
    sampled = f"hash(point) % {max(1, count // _SAMPLED)}::ubigint = 0"
    return f"""
        {points},

        chance as (
            select
                {_chance("given_name_clean")} as given_name,
                {_chance("family_name_clean")} as family_name
        ),

        people as (
            select
                sort,
                point,
                profile_id,
                {_FOLDED.format("given_name_clean")} as given_name,
                {_FOLDED.format("family_name_clean")} as family_name
            from points
            where point is not null and {sampled}
        ),

        shared as (
            select sort, point
            from people
            group by sort, point
            having count(*) between 2 and case when sort = 'home' then {_LARGEST_HOME} else {_LARGEST_QUARTER} end
        ),

        together as materialized (
            select * from people semi join shared using (sort, point)
        ),

        pairs as (
            select
                a.given_name = b.given_name as is_given,
                a.family_name = b.family_name as is_family,
                {_other("given_name")} as is_other_given,
                {_other("family_name")} as is_other_family
            from together as a
            inner join together as b on a.sort = b.sort and a.point = b.point and a.profile_id < b.profile_id
            -- Swapped names are no other names.
            where a.given_name <> b.family_name and a.family_name <> b.given_name
        )

        select
            count(*) filter (is_family and is_other_given)
            - {_TIMES_CHANCE} * (select family_name from chance) * count(*) filter (is_other_given and is_other_family),
            count(*) filter (is_given and is_other_family)
            - {_TIMES_CHANCE} * (select given_name from chance) * count(*) filter (is_other_given and is_other_family),
            count(*) filter (is_given and is_family)
        from pairs
    """


def _chance(name: str) -> str:
    """SQL: the share of pairs of `named` with equal names. Each spelling is folded once."""
    return f"""(
        select coalesce(sum(people * (people - 1)), 0) from (
            select sum(people)::bigint as people
            from (select {name}, count(*) as people from named group by {name})
            group by {_FOLDED.format(name)}
        )
    ) / (select greatest(count(*) * (count(*) - 1.0), 1) from named)"""


def _other(name: str) -> str:
    """SQL condition: neither name is a form or a misspelling of the other."""
    # A case, since the initials are quick to compare.
    return (
        f"case when left(a.{name}, 1) <> left(b.{name}, 1) "
        f"then jaro_winkler_similarity(a.{name}, b.{name}) < 0.8 else false end"
    )
