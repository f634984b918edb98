"""A company of six records, published twice: what `stamgast person` tells is read from it."""

from collections.abc import Mapping
from datetime import date
from io import StringIO
from pathlib import Path

import duckdb
from rich.console import Console

from pipelines.cli.card import show_card
from pipelines.identity.history.events import write_history
from pipelines.identity.likelihood.model import read_model, size_class
from pipelines.landing.columns import profile_columns
from pipelines.publishing.audits import AUDITS, stamp
from pipelines.publishing.publishing import publish
from pipelines.publishing.versions import history_file, next_number
from pipelines.settings import Settings
from pipelines.warehouse.database import text
from tests.hand_made import hand_made_load

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
    load = hand_made_load(
        "shop", "form_submissions", DAY, file="files/shop/accounts.csv", rows_read=6, rows_accepted=6,
        first_profile_id=1, last_profile_id=len(PROFILES),
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
            create table marts.review_queue as
            select 'contradiction' as reason, 1 as left_profile_id, 4 as right_profile_id, 1 as left_person_id,
                ['birth_dates', 'sexes'] as contradictions;
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


def published(root: Path) -> Settings:
    """Two versions; not to be changed."""
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


def card_of(company: Settings, asked: int) -> str:
    """The card as a file gets it."""
    out = StringIO()
    show_card(company, asked, None, Console(file=out, soft_wrap=True, highlight=False))
    return out.getvalue()
