"""Whether profiles show households at all: where there is none, what two share speaks for one person as strongly as by chance."""

import duckdb

# Pairs that tell below which nothing is known, and the share of them that are of two people where households are.
# Where each address is one person's, only those whose name and date were both mistyped look like two: .00 to .02 in the
# four sets of FEBRL; in the simulated company .20 are.
_LEAST_PAIRS, _LEAST_SHARE = 30, 0.05
# Sampled, since among many profiles a part tells enough.
_SAMPLED = 200_000
_LARGEST_HOME = 12


def shows_households(connection: duckdb.DuckDBPyConnection, profiles: str) -> bool:
    """Whether some of those who share an address or contact point and a family name are two people by name and date.

    Told from pairs of full birth dates: another initial and another date are two people, equal ones are one. True
    where too few tell: most companies' customers live together. `profiles` is a relation such as int_profiles_seen.
    """
    ((others, all_pairs),) = connection.execute(
        f"""
        with told as (
            select
                unnest([
                    email_clean, phone_clean, postcode_clean || ' ' || house_number_clean || ' ' || coalesce(street_clean, '')
                ]) as point,
                lower(family_name_clean) as family_name,
                lower(left(given_name_clean, 1)) as initial,
                birth_date_clean as birth_date
            from {profiles}
            where makes_people and given_name_clean is not null and family_name_clean is not null
                and birth_date_clean is not null and strftime(birth_date_clean, '%m%d') <> '0101'
        ),

        people as (
            select point, family_name, initial, birth_date
            from told
            where point is not null
                and hash(point) % (select greatest(1, count(*) // {_SAMPLED}) from told) = 0
        ),

        numbered as materialized (
            select *, row_number() over (partition by point order by family_name, initial, birth_date) as place
            from people
            qualify count(*) over (partition by point) between 2 and {_LARGEST_HOME}
        ),

        pairs as (
            select a.initial <> b.initial and a.birth_date <> b.birth_date as is_other,
                a.initial = b.initial and a.birth_date = b.birth_date as is_same
            from numbered as a
            inner join numbered as b
                on a.point = b.point and a.family_name = b.family_name and a.place < b.place
        )

        select count(*) filter (is_other), count(*) filter (is_other or is_same) from pairs
        """
    ).fetchall()
    return bool(all_pairs < _LEAST_PAIRS or others >= _LEAST_SHARE * all_pairs)
