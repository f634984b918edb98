"""Who was refused for after the version was built is in no list, and what the version knows is left to it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from pipelines.campaigns.refusals import REASON
from pipelines.contracts import read_contracts
from pipelines.landing.committing import Verdict
from pipelines.landing.deliveries import scan_feeds
from pipelines.landing.landing import land_feed
from pipelines.privacy.tombstones import HOLDING_BACK
from pipelines.publishing.publishing import roll_back
from pipelines.warehouse.erasure_secret import digest, erasure_secret, use_erasure_secret
from tests.audience.conftest import AN, BOB, CAS, DAY, Company

OF_AN = {"email_keys": ["an@x.nl"], "said": "withdraw", "purpose": "offers", "channel": "email"}


def test_nobody_is_stopped_by_what_the_version_knows(company: Company) -> None:
    company.load(4, "consents", OF_AN)
    assert company.left() == {BOB, CAS}
    company.publish()
    assert company.left() == {AN, BOB, CAS}  # its contactability has said what the refusal means


def test_a_file_that_is_landed_refuses_from_then_on(company: Company) -> None:
    row = "1;2026-06-29;Cas <CAS@x.nl>;Opt-out;all;\n"
    company.deliver("consents", "july.csv", f"key;day;mail;act;purpose;channel\n{row}")
    for contract in read_contracts(company.settings.sources):
        (scan,) = scan_feeds([contract], company.settings.sources, company.settings.places, DAY)
        land_feed(scan, company.settings, lambda _: Verdict(), HOLDING_BACK)
    assert company.left() == {AN, BOB}


def test_a_rollback_brings_nobody_back(company: Company) -> None:
    company.load(4, "consents", OF_AN)
    company.publish("later")
    roll_back(company.settings)
    found = company.export()
    assert [(stop.step, stop.reason, stop.people) for stop in found.stops] == [("permission", REASON, 1)]
    assert (found.people, found.loads_since) == (2, 1)


def test_a_version_of_an_earlier_day_knows_no_later_load(company: Company) -> None:
    company.load(4, "consents", OF_AN, day=DAY + timedelta(days=1))
    company.publish("of the day before")
    assert company.left() == {BOB, CAS}
    company.as_of = DAY - timedelta(days=20)  # whatever day the export is for
    assert company.left() == {BOB, CAS}


def test_a_load_that_died_half_way_a_held_and_a_dropped_one_refuse(company: Company) -> None:
    company.load(4, "consents", OF_AN, is_whole=False)
    company.load(5, "news", OF_AN | {"email_keys": ["bob@x.nl"]}, status="held")
    company.load(6, "blocklist", {"email_keys": ["cas@x.nl"]}, status="dropped")
    assert company.left() == set()


def test_a_version_that_does_not_say_what_it_knows_knows_nothing(company: Company) -> None:
    version = company.settings.places.current / "version.json"
    company.load(4, "consents", OF_AN)
    company.publish()
    version.chmod(0o600)
    version.write_text(version.read_text().replace('"last_load": 4', '"last_load": null'))
    assert company.left() == {BOB, CAS}


@pytest.mark.parametrize(
    ("refusal", "stopped"),
    [
        ({"email_keys": ["an@x.nl"]}, {AN}),
        ({"email_keys": ["bob@x.nl"]}, {BOB}),  # who is mailed at bob+news@
        ({"email_keys": ["nobody@x.nl", "cas@x.nl"]}, {CAS}),
        ({"phone_keys": ["+31612345671"]}, {AN}),  # the person who wrote that number
        ({"phone_keys": ["612345672"]}, {BOB}),  # as people in the country dial it
        ({"number_key": "k00077"}, {AN}),
        ({"number_key": "4711 / k-00077"}, {AN}),
        ({"number_key": "#k00077"}, {AN}),
        ({"record_id_key": "s2"}, {BOB}),
        ({"record_id_key": "s2", "feed": "news"}, set()),  # another feed's record
        ({"street_clean": "Kerkstraat", "house_number_clean": "7", "postcode_clean": "1234 AB", "country_clean": "NL"}, {AN}),
        ({"house_number_clean": "7", "postcode_clean": "1234 AB", "country_clean": "NL"}, {AN}),
        ({"street_clean": "HAUPTSTRASSE", "house_number_clean": "5", "city_clean": "Berlin"}, {BOB}),
        ({"street_clean": "Kerkstraat", "postcode_clean": "1234 AB"}, {AN}),
        ({"street_clean": "Kerkstraat", "house_number_clean": "8", "postcode_clean": "1234 AB"}, set()),
        ({"email_keys": ["stranger@x.nl"], "number_key": "k1"}, set()),
    ],
)  # fmt: skip
def test_a_refusal_holds_for_whom_it_names_in_any_way(
    company: Company, refusal: Mapping[str, Any], stopped: set[int]
) -> None:
    company.load(4, "consents", refusal | {"said": "withdraw"})
    assert company.left() == {AN, BOB, CAS} - stopped


@pytest.mark.parametrize(
    ("words", "channels"),
    [
        ({"said": "withdraw", "purpose": " Offers ", "channel": "EMAIL"}, {"email"}),
        ({"said": "withdraw", "purpose": "newsletter", "channel": "email"}, set()),
        ({"said": "withdraw", "purpose": "newsletter; offers", "channel": "email"}, {"email"}),
        ({"said": "withdraw", "purpose": "all", "channel": None}, {"email", "post"}),
        ({"said": "withdraw", "purpose": "Ofertas", "channel": "carrier pigeon"}, {"email", "post"}),
        ({"said": "withdraw", "purpose": None, "channel": "POST "}, {"post"}),
        ({"said": "no more please", "purpose": "*", "channel": "email"}, {"email"}),
        ({"said": "object", "purpose": "newsletter", "channel": "email"}, {"email"}),
        ({"said": "Complaint", "purpose": "newsletter"}, {"email", "post"}),
        ({"said": "hard-bounce", "purpose": "newsletter", "channel": "email"}, {"email"}),
        ({"reason": "deceased", "purpose": "newsletter"}, {"email", "post"}),
    ],
)
def test_what_is_not_understood_covers_everything(
    company: Company, words: Mapping[str, Any], channels: set[str]
) -> None:
    company.load(4, "consents", {"email_keys": ["an@x.nl"]} | dict(words))
    assert {channel for channel in ("email", "post") if AN not in company.left(channel)} == channels


@pytest.mark.parametrize(
    ("words", "is_stopped"),
    [
        ({"said": "withdraw", "purpose": "all"}, False),
        ({"said": "object"}, False),
        ({"said": "withdraw", "purpose": "Service"}, True),
        ({"said": "hard_bounce", "purpose": "newsletter"}, True),
        ({"reason": "deceased"}, True),
    ],
)
def test_a_service_stops_when_it_is_named_or_when_nothing_arrives(
    company: Company, words: Mapping[str, Any], is_stopped: bool
) -> None:
    company.load(4, "consents", {"email_keys": ["an@x.nl"]} | dict(words))
    assert (AN not in company.left("email", "service")) == is_stopped


def test_a_bounce_holds_at_its_point_alone(company: Company) -> None:
    company.load(4, "news", {"email_keys": ["an@x.nl"], "number_key": "k00077", "said": "hard_bounce"})
    assert AN not in company.left("email") and AN in company.left("post")


def test_what_an_erasure_left_of_a_refusal_holds(company: Company) -> None:
    with duckdb.connect() as connection:
        use_erasure_secret(connection, erasure_secret(company.settings.places))
        (left,) = connection.execute(
            f"""select {digest("'email|bob@x.nl'")}, {digest("'phone|612345671'")}"""
        ).fetchall()
    for number, held in enumerate(left, start=4):
        company.load(number, "consents", {"point_digests": [held], "said": "withdraw"})
    assert company.left() == {CAS}


def test_digests_of_an_address_refuse_as_well(company: Company) -> None:
    with duckdb.connect() as connection:
        use_erasure_secret(connection, erasure_secret(company.settings.places))
        ((held,),) = connection.execute(f"""select {digest("'address|nl|1234 ab|7'")}""").fetchall()
    company.load(4, "consents", {"point_digests": [held], "said": "withdraw"})
    assert AN not in company.left("post") and BOB in company.left("post")


def test_a_word_may_name_its_channel(company: Company) -> None:
    words = {"said": "Unsubscribed from SMS marketing", "channel": "email", "purpose": "offers"}
    company.load(4, "news", {"email_keys": ["an@x.nl"]} | words)
    assert company.left("email") == {BOB, CAS} and company.left("sms") == {BOB} and AN in company.left("post")


def test_a_record_that_came_with_the_refusal_leads_to_the_person(company: Company) -> None:
    account = {"profile_id": 8, "feed": "consents", "record_id": "S1", "email": "an@new.nl"}
    company.load(4, "consents", {"email_keys": ["an@new.nl"], "said": "withdraw"}, profiles=[account])
    assert company.left() == {BOB, CAS}


def test_a_value_of_too_many_reaches_nobody_beyond_its_point(company: Company) -> None:
    customers = company.settings.places.current / "customers.duckdb"
    customers.chmod(0o600)
    with duckdb.connect(str(customers)) as connection:
        connection.execute("insert into identity.bad_values values ('phone', '+31612345671')")
    company.load(4, "consents", {"phone_keys": ["+31612345671"], "said": "withdraw"})
    assert AN in company.left("email") and AN not in company.left("phone")
