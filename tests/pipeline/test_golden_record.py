"""The golden record of the published company: a reason for every value, shown by macro and command line."""

import re

from tests.pipeline.conftest import Company


def _contested(published: Company) -> tuple[int, str]:
    """A person whose e-mail addresses differ, and the golden one."""
    ((person_id, email),) = published.query(
        """
        select person_id, max(value) filter (where is_golden) from core.person_values
        where attribute = 'email' group by person_id having count(*) > 1 order by person_id limit 1
        """,
        "customers",
    )
    return person_id, email


def test_the_golden_record_shows_the_golden_values(published: Company) -> None:
    ((people, differing),) = published.query(
        """
        select count(*), count(*) filter (where people.email is distinct from person_values.value)
        from core.dim_person as people
        inner join core.person_values using (person_id)
        where attribute = 'email' and is_golden
        """,
        "customers",
    )
    assert people > 300
    assert differing == 0


def test_why_lists_the_golden_value_first_and_those_that_lost_with_their_reasons(published: Company) -> None:
    person_id, email = _contested(published)
    rows = published.query(
        f"select value, is_golden, reason from core.why({person_id}, 'email')", "customers"
    )
    assert rows[0][:2] == (email, True)
    assert len(rows) > 1
    assert not any(is_golden for _, is_golden, _ in rows[1:])
    assert all(reason for _, _, reason in rows)
    for other, attribute in (("family_name", "name"), ("Number", "customer_number"), ("E-MAIL", "email")):
        assert published.query(f"from core.why({person_id}, '{other}')", "customers") == published.query(
            f"from core.why({person_id}, '{attribute}')", "customers"
        )


def test_why_knows_every_attribute_that_has_values(published: Company) -> None:
    assert (
        published.query(
            """
            select distinct attribute from core.person_values
            where attribute not in (select known_as from core.why_fields() as fields where fields.attribute = known_as)
            """,
            "customers",
        )
        == []
    )


def test_why_tells_the_dates_of_a_value_apart_from_the_record_that_shows_it(published: Company) -> None:
    values = published.query(
        """
        select person_id, value, first_stated_date, last_stated_date, source_count, profile_count, profile_id, feed
        from core.person_values
        where attribute = 'email' and source_count > 1 and profile_count > 2 and first_stated_date < last_stated_date
            and last_used_date is null
        """,
        "customers",
    )
    person_id, email, first, last, sources, records, profile_id, feed = values[0]
    shown = published.stamgast(f"person why {person_id} E-mail").stdout
    stated = f"stated {first} to {last} by {sources} sources in {records} records; "
    assert f"{stated}best shown by record {profile_id} of {feed}; " in shown.split(email)[1]


def test_the_command_line_says_why(published: Company) -> None:
    person_id, email = _contested(published)
    shown = published.stamgast(f"person why {person_id} email")
    assert shown.returncode == 0, shown.stderr
    assert re.search(rf"golden +{re.escape(email)}", shown.stdout)
    assert "%" in shown.stdout
    unknown = published.stamgast(f"person why {person_id} shoe_size")
    assert unknown.returncode == 2
    assert "shoe_size is no field of the golden record" in unknown.stderr
    assert {"email", "number", "city", "job_title"} <= set(re.findall(r"\w+", unknown.stderr))


def test_why_says_that_silence_counts_of_what_it_counts_for_and_of_nothing_else(published: Company) -> None:
    ((rate,),) = published.query(
        "select restated_rate from marts.attribute_half_life where source is null and attribute = 'work'",
        "analytics",
    )
    ((employed,),) = published.query(
        "select min(person_id) from core.person_values where attribute = 'work' and is_golden", "customers"
    )
    person_id, _ = _contested(published)
    says = "the likelier it has changed"
    assert (says in published.stamgast(f"person why {employed} work").stdout) == (rate is not None)
    assert says not in published.stamgast(f"person why {person_id} email").stdout


def test_probabilities_fall_to_the_declared_level_on_the_day_to_ask_again(published: Company) -> None:
    ((early, late),) = published.query(
        """
        select
            count(*) filter (where right_probability < level - 0.0001 and verify_by > date '2026-06-30'),
            count(*) filter (where right_probability > level + 0.0001 and verify_by <= date '2026-06-30')
        from (
            select *, case when attribute = 'work' then 0.7 else 0.8 end as level
            from core.person_values
            where is_golden and attribute in ('email', 'phone', 'address', 'work')
        )
        """,
        "customers",
    )
    assert (early, late) == (0, 0)


def test_the_half_life_of_what_never_changes_is_empty_and_rates_are_measured_where_enough_is_seen(
    published: Company,
) -> None:
    rates = {
        attribute: (half_life, is_measured, pairs)
        for attribute, half_life, is_measured, pairs in published.query(
            "select attribute, half_life_years, is_error_measured, pair_count from marts.attribute_half_life where source is null"
        )
    }
    assert rates["birth_date"][0] is None
    assert 2 < rates["address"][0] < 50
    assert all(is_measured == (pairs >= 200) for _, is_measured, pairs in rates.values())
