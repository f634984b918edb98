"""Whether profiles show households at all: where there is none, what two share speaks for one person as strongly as by chance."""

import duckdb

# Of two at one place those of one family name and quite another given name are a family, or one given name is wrong; those
# of one given name and quite another family name are one person who married, or whose family name is wrong. A wrong
# name is as likely in either place, so where there are families the first are many more than the second: 5 to 400
# times as many in every set of the benchmark that has families, .7 to 2.8 in the four of FEBRL, which has none.
_LEAST_TIMES, _LEAST_PAIRS = 4.0, 15
# And where nearly all who share a place and a family name share the given name, too, there is no family to be seen either.
_LEAST_SHARE, _LEAST_TOLD = 0.05, 30
# Names of one region or age come together more often than blindly.
_TIMES_CHANCE = 2
# Sampled, since among many profiles a part tells enough.
_SAMPLED = 200_000
# Where more are alike than a house or a street has people, nearly all are strangers.
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
    """Whether some of those who share a place and a family name are two people: of a family more members are told apart by
    the given name than one person has family names.

    A place is a telephone or an address, or a postcode or city where no more is known; where nobody says where he lives,
    the day of birth, which twins share. A mailbox is nobody's home. What strangers share by chance is taken off: as many
    pairs as names would come together among those who share neither. True where too few tell: most companies' customers
    live together. `profiles` is a relation such as int_profiles_seen.
    """
    points = _POINTS.format(profiles=profiles)
    ((count,),) = connection.execute(f"{points} select count(*) from points").fetchall()
    ((other_given, other_family, same),) = connection.execute(
        f"""
        {points},

        chance as (
            select
                {_chance("given_name_clean")} as given_name,
                {_chance("family_name_clean")} as family_name
        ),

        people as (
            select sort, point, profile_id, {_FOLDED.format("given_name_clean")} as given_name, {_FOLDED.format("family_name_clean")} as family_name
            from points
            where point is not null and hash(point) % {max(1, count // _SAMPLED)}::ubigint = 0
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
            -- Names in each other's field are no other names.
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
    ).fetchall()
    if other_given + same >= _LEAST_TOLD and other_given < _LEAST_SHARE * (other_given + same):
        return False
    return bool(other_given + other_family < _LEAST_PAIRS or other_given >= _LEAST_TIMES * other_family)


def _chance(name: str) -> str:
    """SQL: how often two of `named` share a name. Each spelling is folded once."""
    return f"""(
        select coalesce(sum(people * (people - 1)), 0) from (
            select sum(people)::bigint as people
            from (select {name}, count(*) as people from named group by {name})
            group by {_FOLDED.format(name)}
        )
    ) / (select greatest(count(*) * (count(*) - 1.0), 1) from named)"""


def _other(name: str) -> str:
    """SQL: two names of which neither is a form or a misspelling of the other."""
    # A case, since the initials are quick to compare.
    return (
        f"case when left(a.{name}, 1) <> left(b.{name}, 1) "
        f"then jaro_winkler_similarity(a.{name}, b.{name}) < 0.8 else false end"
    )
