"""What `stamgast person` tells: why records are one person, why not, and how to part them."""

import shutil
from collections.abc import Mapping
from datetime import date, datetime
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.cli.card import show_card
from pipelines.cli.explanation import show_explanation
from pipelines.cli.levels import level_in_words
from pipelines.cli.why import show_reasons
from pipelines.contracts import CONTACT_BLOCK
from pipelines.database import text
from pipelines.errors import StamgastError
from pipelines.identity.decisions.overrides import parse_overrides
from pipelines.identity.explaining import Explanation, explain
from pipelines.identity.history.events import write_history
from pipelines.identity.likelihood.model import read_model, size_class
from pipelines.identity.likelihood.waterfall import FORMATS, save_plot, steps
from pipelines.landing.columns import profile_columns
from pipelines.landing.loads import Load, read_loads
from pipelines.publishing import AUDITS, history_file, next_number, opened, publish, stamp
from pipelines.settings import Settings

DAY = date(2026, 6, 30)
MODEL = read_model()
SIZE = 40_000
# Two labels of each comparison, whatever the model calls them: the best for one person, and the worst.
BEST, WORST = (
    {
        field: choose(levels, key=lambda label, levels=levels: levels[label].person / levels[label].chance)
        for field, levels in MODEL.levels.items()
    }
    for choose in (max, min)
)
Profile = Mapping[str, str | int | None]
# 1, 2 and 4 are one person, 3 another, 5 is no longer in use and was 1's, 6 a company of a register.
PROFILES: list[Profile] = [
    {"profile_id": 1, "given_name": "Quirijn", "family_name": "Zonderling", "email": "quirijn@zonderling.example"},
    {"profile_id": 2, "given_name": "Q.", "family_name": "Zonderling", "email": "quirijn@zonderling.example",
     "phone": "+31612345678"},
    {"profile_id": 3, "given_name": "Wendela", "family_name": "Zonderling", "phone": "+31612345678"},
    {"profile_id": 4, "given_name": "Quirijn", "family_name": "Sonderling", "email": "info@shop.example"},
    {"profile_id": 5, "given_name": "Kwirijn", "family_name": "Zonderling"},
    {"profile_id": 6, "company_name": "Zonderling BV"},
]  # fmt: skip


def write_load(settings: Settings) -> None:
    load = Load(
        load_number=1, feed="shop", kind="form_submissions", file="files/shop/accounts.csv", fingerprint="f",
        status="accepted", as_of=DAY, delivery="append", snapshot_date=None, rows_read=6, rows_accepted=6,
        rows_quarantined=0, rows_suppressed=0, quarantined_by_reason={}, newest_event_at=None, first_profile_id=1,
        last_profile_id=len(PROFILES), rules_failed=[], rules_warned=[],
    )  # fmt: skip
    folder = load.folder(settings.places)
    folder.mkdir(parents=True)
    (folder / "_load.json").write_text(load.model_dump_json(), encoding="utf-8")
    columns = profile_columns()
    with duckdb.connect() as connection:
        connection.execute(
            f"create table profiles ({', '.join(f'{column} {kind}' for column, kind in columns.items())})"
        )
        for profile in PROFILES:
            row = {"feed": "shop", **profile}
            row |= {f"{key}_clean": value for key, value in profile.items() if f"{key}_clean" in columns}
            connection.execute(
                f"insert into profiles ({', '.join(row)}) values ({', '.join('?' * len(row))})",
                list(row.values()),
            )
        connection.execute(f"copy profiles to '{folder / 'profiles.parquet'}'")


def scored(levels: Mapping[str, str]) -> tuple[float, dict[str, str]]:
    return MODEL.explain(levels, size_class(SIZE)).total, dict(levels)


LIKELY = scored({field: BEST[field] for field in ("given_name", "family_name", "email")})
DOUBTFUL = scored(
    {"given_name": WORST["given_name"], "family_name": BEST["family_name"], "phone": BEST["phone"]}
)


def publish_version(settings: Settings, people: Mapping[int, int]) -> None:
    """A version with these people, and the links that stand between them."""
    places = settings.places
    places.build.mkdir(parents=True, exist_ok=True)
    for path in (places.analytics, places.customers):
        path.unlink(missing_ok=True)
    evidence = "weight double, probability double, splink_weight double, " + ", ".join(
        f"{field}_level varchar" for field in MODEL.levels
    )
    with duckdb.connect(str(places.customers)) as connection:
        for schema in ("identity", "marts", "core"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table identity.bad_values as select 'email' as field, 'info@shop.example' as value, "
            "'shared' as reason, 45 as profile_count"
        )
        connection.execute(
            """
            create table core.dim_person as
            select * from (values (1, 1, 'Quirijn', 'Zonderling', date '1970-02-03'), (3, 1, 'Wendela', 'Zonderling', null))
                as t (person_id, household_id, given_name, family_name, birth_date);
            create table core.person_values as
            select 1 as person_id, 'email' as attribute, true as is_golden, -15 as use_points;
            create table core.dim_account as select 6 as account_id, 'Zonderling BV' as company_name;
            create table marts.segment_members as select 'loyal_customers' as segment, 1 as person_id;
            create table marts.customer_360 as
            select 1 as person_id, 1 as household_id, 6 as account_id, 'K1' as customer_number, 'Quirijn' as given_name,
                'Zonderling' as family_name, date '1970-02-03' as birth_date, 56 as age, 'male' as gender,
                'nl' as language, 'quirijn@zonderling.example' as email, '+31612345678' as phone, 'Dam' as street,
                '1' as house_number, '1012 JS' as postcode, 'Amsterdam' as city, 'NL' as country, null as company_name,
                'buyer' as job_title, null::varchar as occupation, 'chess' as interests, timestamp '2020-01-01' as first_seen_at,
                timestamp '2026-06-01' as last_seen_at, 'loyal' as lifecycle, 5 as recency_score, 4 as frequency_score,
                3 as monetary_score, 'web' as usual_sales_channel, 2 as order_count, date '2020-01-01' as first_order_date,
                date '2026-06-01' as last_order_date, 120.5 as net_revenue, 60.25 as average_basket_amount,
                0 as return_count, 'EUR' as currency, 'B' as account_tier, 'buyer' as buying_role,
                29 as days_since_last_order, 14.0 as median_days_between_orders, 0.31 as order_gap_variation,
                80.25 as recent_net_revenue, 1 as business_order_count, 40.25 as business_net_revenue,
                300.0 as household_net_revenue, 0.1 as discount_share, 12 as recent_contact_count,
                1.5 as recent_contact_cost, 2 as usual_order_weekday, 0.5 as usual_order_weekday_share,
                22 as usual_order_hour, 0.4 as usual_order_hour_share, ['Games'] as usual_categories,
                ['Care'] as viewed_categories, ['P2'] as wished_product_ids, ['P1', 'P2'] as abandoned_product_ids,
                1 as newsletter_subscription_count, 3 as newsletter_send_count_90d, 2 as newsletter_open_count_90d,
                1 as newsletter_click_count_90d, 0.62 as email_right_probability, date '2026-06-30' as email_verify_by,
                0.9 as phone_right_probability, date '2027-01-01' as phone_verify_by,
                null::decimal as address_right_probability, null::date as address_verify_by,
                0.5 as work_right_probability, date '2026-06-30' as work_verify_by,
                4.5 as average_satisfaction_score, 9 as recommend_score;
            insert into marts.customer_360
            select * replace (
                3 as person_id, null as account_id, null as account_tier, null as job_title, null as buying_role,
                'nurse' as occupation, 0 as order_count, 15 as return_count, -99.5 as net_revenue, 14 as age,
                null as days_since_last_order, null as wished_product_ids, null as abandoned_product_ids
            )
            from marts.customer_360
            """
        )
    with duckdb.connect(str(places.analytics)) as connection:
        for schema in ("identity", "marts", "core"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            f"""
            create table marts.segment_history (segment varchar);
            create table identity.profile_person (profile_id bigint, person_id bigint);
            create table identity.profile_account as select 6 as profile_id, 6 as account_id, 'alone' as rule;
            create table identity.resolution as select {SIZE} as profiles, {text(MODEL.model_dump_json())} as model_file;
            create table identity.vetoes as
            select 2 as left_profile_id, 3 as right_profile_id, 'given_name_and_birth_date' as rule;
            create table identity.overrides as
            select subject, line, decision, left_profile_id, right_profile_id, date '2026-01-02' as decided_date
            from (values
                ('person', 3, 'different', 8, 9), ('person', 4, 'different', 4, 3), ('person', 5, 'different', 2, 3),
                ('company', 2, 'different', 1, 3)
            ) as decided (subject, line, decision, left_profile_id, right_profile_id);
            create table identity.links (left_profile_id bigint, right_profile_id bigint, rule varchar, is_cut boolean, {evidence});
            create table identity.near_links (left_profile_id bigint, right_profile_id bigint, reason varchar, {evidence});
            create table marts.person_timeline as
            select 1 as person_id, profile_id, happened_at as event_at, type as event_type, about as subject,
                null::varchar as detail, amount as base_amount, 'shop' as feed, key as record_key
            from (values
                (2, timestamp '2026-06-01 10:00', 'sale', 'O1', 40.25, 'a'),
                (null, timestamp '2026-06-01 10:00', 'sale', 'O1', 20.0, 'b'),
                (null, timestamp '2026-06-02 10:00', 'newsletter_send', 'news', null, 'c')
            ) as events (profile_id, happened_at, type, about, amount, key);
            create table marts.contactability as
            select * from (values
                (3, 'deceased', 'suppressions', timestamp '2026-03-23'), (3, 'deceased', 'suppressions', timestamp '2026-03-23'),
                (3, 'unconfirmed', null, null), (1, 'withdrawn', 'consents', timestamp '2025-01-01')
            ) as contacts (person_id, rule, block_feed, blocked_at);
            create table core.fct_support_tickets as
            select 1 as person_id, timestamp '2026-05-30 10:00' as event_at, 'T7' as ticket_id, 'delivery' as category,
                'open' as ticket_status, 'P1' as product_id, 'desk' as feed, 'k' as record_key;
            create table marts.person_products as
            select 1 as person_id, 'P1' as product_id, 2 as order_count, 120.5 as net_revenue, date '2026-06-01' as last_order_date;
            create table core.dim_product as select 'P1' as product_id, 'Chess board' as product_name
            """
        )
        connection.executemany("insert into identity.profile_person values (?, ?)", sorted(people.items()))
        for left, right, word, is_cut, (weight, levels) in (
            (1, 2, "same_email", False, LIKELY),
            (1, 2, "probable", False, LIKELY),
            (1, 4, "probable", False, LIKELY),
            (2, 4, "probable", False, DOUBTFUL),
            (2, 3, "same_phone", True, DOUBTFUL),
            (2, 3, "veto", None, DOUBTFUL),
        ):
            table = "near_links" if is_cut is None else "links"
            row = {"left_profile_id": left, "right_profile_id": right, "weight": weight, "probability": 0.5}
            row |= {"reason": word} if is_cut is None else {"rule": word, "is_cut": is_cut}
            row |= {f"{field}_level": label for field, label in levels.items()}
            connection.execute(
                f"insert into identity.{table} ({', '.join(row)}) values ({', '.join('?' * len(row))})",
                list(row.values()),
            )
        write_history(connection, history_file(places, "person_history"), next_number(places), settings.as_of)
    for audit in AUDITS:
        stamp(places, audit, "inputs")
    publish(settings, "inputs", {})


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two versions; not to be changed."""
    root = tmp_path_factory.mktemp("explained")
    settings = Settings(sources=root / "sources", warehouse=root / "warehouse", as_of=DAY)
    (settings.sources / "overrides").mkdir(parents=True)
    (settings.sources / "overrides" / "identity.csv").write_text(
        "decision,left_profile_id,right_profile_id,author,reason,date,expires\n"
        "same,1,4,Ria,She said so on the phone,2026-01-02,2026-03-01\n"
        "different,8,9,Ria,Others,2026-01-02,\n"
        "different,4,3,Ria,Husband and wife,2026-01-02,\n"
        "different,2,3,Ria,Called both,2026-01-02,\n"
        "same,2,4,Ria,Called again,2026-06-30,\n",
        encoding="utf-8",
    )
    write_load(settings)
    publish_version(settings, {1: 1, 2: 2, 3: 3, 4: 1, 5: 1})
    publish_version(settings, {1: 1, 2: 1, 3: 3, 4: 1})
    return settings


def explained(company: Settings, asked: int, other: int | None = None) -> Explanation:
    with opened(company.places) as (connection, _):
        return explain(
            connection,
            company.places,
            read_loads(company.places),
            company.sources / "overrides" / "identity.csv",
            asked,
            other,
        )


def told(company: Settings, asked: int, other: int | None = None, plot: Path | None = None) -> str:
    out = StringIO()
    show_explanation(company, asked, other, plot, Console(file=out, soft_wrap=True, highlight=False))
    return out.getvalue()


def test_the_links_that_connect_a_person_are_told_strongest_first(company: Settings) -> None:
    found = explained(company, 1)
    assert [(pair.ids, pair.rules) for pair in found.links] == [
        ((1, 2), ("same_email", "probable")), ((1, 4), ("probable",)),
    ]  # fmt: skip
    assert found.further_links == 1
    assert [(pair.ids, pair.apart) for pair in found.apart] == [((2, 3), "veto")]
    assert [veto.ids for veto in found.vetoes] == [(2, 3)]
    assert [profile.profile_id for profile in found.profiles] == [1, 2, 4]
    assert found.profiles[1].values["phone"] == "+31612345678"
    assert (found.profiles[1].event_count, found.profiles[1].last_seen_at) == (1, datetime(2026, 6, 1, 10))
    assert [(bad.value, bad.profile_ids) for bad in found.bad_values] == [("info@shop.example", (4,))]


@pytest.mark.parametrize(
    ("asked", "other", "links", "apart"),
    [(1, 2, [(1, 2)], []), (2, 4, [(2, 4), (1, 2), (1, 4)], []), (4, 3, [], [(2, 3)]), (3, 1, [], [(2, 3)])],
)
def test_of_two_ids_what_lies_between_them_is_told(
    company: Settings, asked: int, other: int, links: list, apart: list
) -> None:
    found = explained(company, asked, other)
    assert [pair.ids for pair in found.links] == links
    assert [pair.ids for pair in found.apart] == apart


def test_an_old_id_leads_to_its_person_and_its_record_is_shown(company: Settings) -> None:
    found = explained(company, 5)
    assert found.people == {5: 1}
    assert [profile.profile_id for profile in found.profiles] == [1, 2, 4, 5]
    assert "5 is in use no more; it leads to person 1" in told(company, 5)
    assert "2 is part of person 1" in told(company, 2)


def test_a_record_that_is_no_person_says_so_and_names_its_company(company: Settings) -> None:
    words = told(company, 6)
    assert "6 is nobody's" in words and "shop, company 6" in words and "Zonderling BV" in words


def test_of_a_number_whose_record_is_gone_it_is_said_why(company: Settings, tmp_path: Path) -> None:
    shutil.copytree(company.warehouse, tmp_path / "warehouse", symlinks=True)
    company = company.model_copy(update={"warehouse": tmp_path / "warehouse"})
    load = next(company.places.raw.rglob("_load.json"))
    profiles = load.with_name("profiles.parquet")
    load.write_text(load.read_text("utf-8").replace('"last_profile_id":6', '"last_profile_id":7'), "utf-8")
    assert "7 is nobody's" in told(company, 7) and "has been erased" in told(company, 7)
    load.write_text(load.read_text("utf-8").replace('"accepted"', '"dropped"'), "utf-8")
    assert "its load was dropped" in told(company, 7)
    with duckdb.connect() as connection:
        connection.execute(
            f"create table kept as select profile_id, feed, columns(* exclude (profile_id, feed)) from '{profiles}'"
        )
        connection.execute("update kept set company_name = null where profile_id = 6")
        connection.execute(f"copy kept to '{profiles}'")
    assert "only the number is left" in told(company, 6)


def test_an_unknown_id_is_a_sentence_that_sends_nobody_where_nothing_is_told(company: Settings) -> None:
    for ask in (explained, card_of):
        with pytest.raises(StamgastError, match="there is no profile or person 7; take"):
            ask(company, 7)
    with pytest.raises(StamgastError, match="both ids are 1"):
        told(company, 1, 1)
    with pytest.raises(StamgastError, match=r"6 leads to no person .* stamgast person explain 6"):
        card_of(company, 6)


def test_a_warehouse_without_versions_and_one_of_before_are_sentences(
    company: Settings, tmp_path: Path
) -> None:
    empty = Settings(sources=tmp_path, warehouse=tmp_path / "warehouse", as_of=DAY)
    with pytest.raises(StamgastError, match="nothing is published"):
        told(empty, 1)
    with duckdb.connect() as connection, pytest.raises(StamgastError, match=r"there was identity\.links"):
        explain(connection, company.places, [], tmp_path / "none.csv", 1)
    with pytest.raises(StamgastError, match=r"there was core\.why_fields"):
        show_reasons(company, 1, "email", Console())


def test_everything_is_told_that_decided(company: Settings) -> None:
    words = told(company, 1)
    for expected in (
        "same email, scored as probable",
        level_in_words("email", BEST["email"]),
        f"{LIKELY[0]:+6.1f} bits",
        "2 - 3 (person 3)  may not be one person: two given names and two birth dates",
        "info@shop.example: shared, held by 45 records",
        "line 2: same 1-4, Ria on 2026-01-02, until 2026-03-01: She said so on the phone (counts no more)",
        "2 became part of 1, with 1 record",
    ):
        assert expected in words
    assert "Others" not in words
    # The bits of a score are told with the strongest first.
    fall = MODEL.explain(LIKELY[1], size_class(SIZE))
    told_levels = [line[38:] for line in words.split("1 - 4")[1].splitlines()[2:5]]
    assert told_levels == [
        level_in_words(field, label)
        for field, label, _ in sorted(fall.fields, key=lambda field: -abs(field[2]))
    ]


def test_a_pair_that_a_decision_keeps_apart_says_so_with_who_and_why(
    company: Settings, tmp_path: Path
) -> None:
    words = told(company, 4, 3)
    for expected in (
        "3 (person 3) - 4 (person 1)  a decision keeps them apart: Ria on 2026-01-02, Husband and wife\n",
        "2 (person 1) - 3 (person 3)  a decision keeps them apart: Ria on 2026-01-02, Called both (same phone)\n",
    ):
        assert expected in words
    assert "(waits for the next run)" not in words.split("different")[0]
    # Without the file the published version still knows that there was one.
    words = told(company.model_copy(update={"sources": tmp_path}), 4, 3)
    assert "a decision of 2026-01-02 keeps them apart; who and why stands in line 4 of its overrides" in words
    assert "does not have the decision: give --sources" in words and "accept" not in words


def test_a_decision_that_no_published_version_knows_waits_for_the_next_run(company: Settings) -> None:
    lines = [line for line in told(company, 2).splitlines() if line.startswith("  line ")]
    assert [line.endswith("(waits for the next run)") for line in lines] == [False, False, False, True]


@pytest.mark.parametrize("field", MODEL.levels)
def test_every_level_is_told_in_plain_words(field: str) -> None:
    words = [level_in_words(field, label) for label in MODEL.levels[field]]
    assert len(set(words)) == len(words) and "_" not in "".join(words)


def test_an_equal_name_is_told_with_how_many_bear_it() -> None:
    said = [level_in_words("given_name", f"exact_rarity_{rarity}") for rarity in (0, 4, 9)]
    assert said == [
        "given name: equal, a name that one in 100 bears, or more do",
        "given name: equal, a name that about one in 1,600 bears",
        "given name: equal, a name that hardly anybody bears",
    ]


def test_a_terminal_breaks_what_is_told_of_a_person_between_words_and_a_file_gets_whole_lines(
    company: Settings,
) -> None:
    out = StringIO()
    terminal = Console(
        file=out, width=80, soft_wrap=True, highlight=False, force_terminal=True, color_system=None
    )
    show_card(company, 3, None, terminal)
    show_explanation(company, 1, None, None, terminal)
    # But for paths and commands, which are to be copied.
    lines = [line for line in out.getvalue().split("To part")[0].splitlines() if "identity.csv" not in line]
    assert max(map(len, lines)) <= 80
    assert "(suppressions): this person, or one \n            who shares a contact point\n" in out.getvalue()
    assert max(map(len, told(company, 1).splitlines())) > 80


def test_what_parts_two_records_is_a_command_and_a_line_that_can_be_copied(company: Settings) -> None:
    lines = [line.strip() for line in told(company, 1, 2).splitlines()]
    command = next(line for line in lines if line.startswith("stamgast identity review"))
    assert command.endswith("reject 1-2 --author NAME --reason WHY")
    assert f"--warehouse {company.warehouse}" in command
    (line,) = (line for line in lines if line.startswith("different,"))
    (decision,) = parse_overrides(
        Path("identity.csv"),
        f"decision,left_profile_id,right_profile_id,author,reason,date,expires\n{line}\n",
    )
    assert (decision.pair, decision.is_same, decision.decided_on) == ((1, 2), False, DAY)
    options = CliRunner().invoke(app, ["identity", "review", "reject", "--help"], env={"COLUMNS": "200"})
    assert options.exit_code == 0 and "--author" in options.stdout and "--reason" in options.stdout
    # Of two people it is how to join them.
    assert "accept 1-3 --author" in told(company, 1, 3)
    # What was decided is undone where it stands.
    assert "remove line 4 of" in told(company, 3, 4) and "accept" not in told(company, 3, 4)


@pytest.mark.parametrize("format", FORMATS)
def test_a_plot_shows_levels_and_ids_and_no_contact_data(
    company: Settings, tmp_path: Path, format: str
) -> None:
    path = tmp_path / f"plot.{format}"
    assert str(path) in told(company, 1, plot=path)
    content = path.read_bytes()
    values = {
        str(value) for profile in PROFILES for field, value in profile.items() if field in CONTACT_BLOCK
    }
    assert [value for value in values if value.encode() in content and value != "Q."] == []
    if format != "png":
        assert f"email: {BEST['email']}".encode() in content and b"1 - 4" in content
    # It opens without a network.
    assert b'src="http' not in content


def test_a_plot_that_cannot_be_written_is_a_sentence(company: Settings, tmp_path: Path) -> None:
    fall = MODEL.explain(LIKELY[1], size_class(SIZE))
    for path, pairs, said in (
        (tmp_path / "plot.pdf", [((1, 2), fall)], "html, svg, png"),
        (tmp_path / "none" / "plot.svg", [((1, 2), fall)], "no such folder"),
        (tmp_path / "plot.svg", [], "nothing to plot"),
    ):
        with pytest.raises(StamgastError, match=said):
            save_plot(path, pairs)
    with pytest.raises(StamgastError, match="nothing to plot"):
        told(company, 6, plot=tmp_path / "plot.svg")


LEVELS = st.fixed_dictionaries(
    {field: st.sampled_from([None, *levels]) for field, levels in MODEL.levels.items()}
)


@given(levels=LEVELS, size=st.sampled_from([1000, 100_000, 10_000_000]))
def test_the_steps_of_a_score_add_up_to_it(levels: Mapping[str, str | None], size: int) -> None:
    fall = MODEL.explain(levels, size)
    parts = steps(fall)
    assert sum(step.bits for step in parts) == pytest.approx(fall.total, abs=0.06)
    fields = [step for step in parts if step.what in levels]
    assert {step.what: step.label for step in fields} == {
        field: label for field, label in levels.items() if label is not None
    }
    assert [abs(step.bits) for step in fields] == sorted((abs(step.bits) for step in fields), reverse=True)


def card_of(company: Settings, asked: int) -> str:
    out = StringIO()
    show_card(company, asked, None, Console(file=out, soft_wrap=True, highlight=False))
    return out.getvalue()


def test_the_card_tells_who_somebody_is_by_any_of_their_ids(company: Settings) -> None:
    words = card_of(company, 5)
    for expected in (
        "Person 1 (where 5 leads to)", "Quirijn Zonderling", "male, born 1970-02-03, 56", "Dam 1, 1012 JS Amsterdam, NL",
        "buyer, Zonderling BV", "loyal, RFM 5-4-3, orders regularly every 14 days, last order 29 days ago", "net 120.50 EUR",
        "80.25 in a year, 1 order for a company, 40.25 in all, household 300.00", "12 contacts for 1.50", "web, on Tuesdays, between 22:00 and 23:00 local time\n",
        "2 x Chess board", "3 Wendela Zonderling", "buyer, tier B", "loyal_customers", "open ticket T7 of 2026-05-30, delivery",
        "left in the basket: Chess board, P2", "mail to the e-mail address came back",
        "ask whether it still holds: e-mail (62% right), employer (50% right)\n", "wishes      P2", "of 3 sent in 90 days opened 2 times",
        "service 4.5 of 5, would recommend us 9 of 10", "latest, UTC 2026-06-01 10:00 sale O1 60.25 EUR (2 lines)",
        "stamgast person explain 1",
    ):  # fmt: skip
        assert expected in words, expected
    assert "newsletter send" not in words and "deceased" not in words


def test_that_somebody_is_noted_as_deceased_is_the_first_thing_to_know_of_them(company: Settings) -> None:
    assert (
        "attention   noted as deceased on 2026-03-23 (suppressions): this person, or one who shares a contact point\n"
        "            under age\n"
    ) in card_of(company, 3)


def test_an_occupation_is_told_as_such_and_not_as_work(company: Settings) -> None:
    assert "\noccupation  nurse\n" in card_of(company, 3) and "\nwork" not in card_of(company, 3)


def test_returns_without_an_order_are_told(company: Settings) -> None:
    assert "\norders      none, but 15 returns, net -99.50 EUR\n" in card_of(company, 3)
