"""The truth covers every row, and what was planted is there at the rate asked for."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import phonenumbers
import pytest
from stdnum.be import vat as be_vat
from stdnum.cn import uscc
from stdnum.gb import vat as gb_vat
from stdnum.nl import btw
from stdnum.se import orgnr
from stdnum.se import vat as se_vat

from pipelines.contracts import read_contracts
from pipelines.contracts.kinds import CONTACT_BLOCK, IDENTIFYING
from pipelines.simulator import SimulationSummary, simulate
from pipelines.simulator.campaigns import HELD_OUT
from pipelines.simulator.companies import CHANGES_JOB
from pipelines.simulator.deliveries import FAULTS
from pipelines.simulator.households import MOVES, SHARED_EMAIL, SHARED_PHONE
from pipelines.simulator.noise import RATES
from pipelines.simulator.orders import COMPLEMENT
from tests.simulator.test_files import delivered


def table(folder: Path, name: str) -> pd.DataFrame:
    return duckdb.sql(f"select * from '{folder}/truth/{name}.parquet'").df()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough people to measure rates of a per cent."""
    folder = tmp_path_factory.mktemp("large")
    simulate(8_000, 3, folder)
    return folder


def near(found: float, asked: float, count: int, allowance: float = 0.0) -> bool:
    """Within four standard errors of a share, and a systematic allowance where the design has one."""
    return abs(found - asked) <= 4 * np.sqrt(asked * (1 - asked) / count) + allowance


def test_truth_has_one_row_for_each_row_of_each_file(out: Path, summary: SimulationSummary) -> None:
    for contract in read_contracts(out / "sources"):
        truth = duckdb.sql(f"select * from '{out}/truth/rows/{contract.feed}.parquet'").df()
        files = delivered(contract, out / "sources")
        assert set(truth["file"]) == set(files), contract.feed
        for name, frame in files.items():
            mine = truth[truth["file"] == name].sort_values("row_number")
            torn_json = (mine["fault"] == "torn_line").to_numpy() & (contract.files.format == "jsonl")
            assert list(mine["row_number"]) == list(range(1, len(mine) + 1))
            assert len(frame) == len(mine) - torn_json.sum(), f"{contract.feed}/{name}"
            keys = frame[contract.key[0]].astype(str)
            for column in contract.key[1:]:
                keys = keys + "|" + frame[column].astype(str)
            whole = (mine["fault"] != "torn_line").to_numpy()
            said = mine["row_key"].to_numpy()[whole]
            found = keys.to_numpy() if contract.files.format == "jsonl" else keys.to_numpy()[whole]
            assert list(found) == list(said), f"{contract.feed}/{name}"


def test_every_person_company_and_block_in_the_rows_is_in_the_tables(
    out: Path, summary: SimulationSummary
) -> None:
    def orphans(query: str) -> int:
        return int(duckdb.sql(query.replace("TRUTH", f"{out}/truth")).fetchall()[0][0])

    rows = "from 'TRUTH/rows/*.parquet' r"
    assert (
        orphans(
            f"select count(*) {rows} where person_id is not null and person_id not in (select person_id from 'TRUTH/people.parquet')"
        )
        == 0
    )
    assert (
        orphans(
            f"select count(*) {rows} where company_id is not null and company_id not in (select company_id from 'TRUTH/companies.parquet')"
        )
        == 0
    )
    blocks = "'TRUTH/contact_blocks/*.parquet'"
    assert (
        orphans(f"select count(*) from {blocks} b anti join 'TRUTH/rows/*.parquet' r using (feed, block)")
        == 0
    )
    assert (
        orphans(f"select count(*) {rows} anti join {blocks} b using (feed, block) where r.block is not null")
        == 0
    )
    assert (
        orphans(
            f"select count(*) {rows} join {blocks} b using (feed, block) where r.person_id is distinct from b.person_id"
        )
        == 0
    )


def test_a_till_receipt_without_a_card_is_about_nobody(out: Path, summary: SimulationSummary) -> None:
    truth = table(out, "rows/till_sales")
    contract = next(each for each in read_contracts(out / "sources") if each.feed == "till_sales")
    cards = pd.concat(frame["klantkaart"] for frame in delivered(contract, out / "sources").values())
    files = pd.concat(truth[truth["file"] == name] for name in delivered(contract, out / "sources"))
    whole = (files["fault"] != "torn_line").to_numpy()
    assert ((cards.to_numpy() == "") == files["person_id"].isna().to_numpy())[whole].all()
    assert 0.3 < files["person_id"].isna().mean() < 0.7


@pytest.fixture(scope="module")
def typed(large: Path) -> pd.DataFrame:
    """The contact blocks that somebody typed."""
    feeds = ("shop_accounts", "contest_entries", "warranty_cards", "consumer_list", "sample_requests")
    blocks = pd.concat(table(large, f"contact_blocks/{feed}") for feed in feeds)
    return blocks[~blocks["copied"]]


@pytest.mark.parametrize("name", sorted(RATES))
def test_mishaps_of_typing_have_the_rate_asked_for(typed: pd.DataFrame, name: str) -> None:
    assert near(typed[name].mean(), RATES[name], len(typed))


def test_mishaps_change_the_text_that_was_written(large: Path) -> None:
    """What the flags say is what stands in the file: measured on the account forms against the true names."""
    contract = next(each for each in read_contracts(large / "sources") if each.feed == "shop_accounts")
    frame = pd.concat(delivered(contract, large / "sources").values(), ignore_index=True)
    truth = table(large, "rows/shop_accounts").merge(
        table(large, "contact_blocks/shop_accounts"), on=["feed", "block", "person_id"]
    )
    both = frame.merge(truth, left_on="registration_id", right_on="row_key").merge(
        table(large, "people"), on="person_id"
    )
    not_married = ~(both["married_at"] <= both["at"])
    own_family = both["family_name"].where(not_married, both["new_family_name"])
    formerly = both["former_family"] & ~both[["swapped_names", "placeholder_name"]].any(axis=1)
    assert formerly.sum() > 5
    assert (both["last_name"] != own_family)[formerly].all()
    kept = both["email_y"].where(~(both["email_changed_at"] <= both["at"]), both["new_email"])
    usual = both["shared_email"].fillna(kept)
    is_typed = (both["email_x"] != "") & ~both["placeholder_email"]
    assert ((both["email_x"].str.lower() != usual) == both["other_email"])[is_typed].all()
    same_given = both["first_name"] == both["given_name"]
    flagged = both[["typo_given", "nickname", "initial", "swapped_names", "placeholder_name"]].any(axis=1)
    assert (same_given != flagged).mean() > 0.995
    no_date = both["birth_date_x"] == ""
    assert (no_date == both["no_birth_date"]).all()
    wrong = (both["birth_date_x"] != both["birth_date_y"].dt.strftime("%Y-%m-%d")) & ~no_date
    assert (wrong == (both["wrong_birth_date"] | both["placeholder_birth_date"])).all()
    nobody = both["email_x"].isin(["test@test.com", "nvt", "geen@geen.nl", "noreply@example.com", "a@a.nl"])
    assert near(nobody.mean(), RATES["placeholder_email"], len(both))


def profiles_per_person(folder: Path) -> pd.Series:
    """Distinct (feed, contact block as written) of each person, as the pipeline numbers them; 0 for whom no file names."""
    found = []
    for contract in read_contracts(folder / "sources"):
        block = [source for target, source in contract.targets.items() if target in CONTACT_BLOCK]
        naming = [source for target, source in contract.targets.items() if target in IDENTIFYING]
        if not naming:
            continue
        truth = table(folder, f"rows/{contract.feed}")
        for name, frame in delivered(contract, folder / "sources").items():
            mine = truth[truth["file"] == name].sort_values("row_number")
            if contract.files.format == "jsonl":
                mine = mine[mine["fault"] != "torn_line"]
            rows = frame.reindex(columns=block).fillna("").assign(person_id=mine["person_id"].to_numpy())
            names_somebody = (rows[naming] != "").any(axis=1) & rows["person_id"].notna()
            hashes = pd.util.hash_pandas_object(rows.loc[names_somebody, block].astype(str), index=False)
            person = rows.loc[names_somebody, "person_id"].astype("int64")
            found.append(pd.DataFrame({"feed": contract.feed, "hash": hashes, "person_id": person}))
    everybody = table(folder, "people")["person_id"]
    return pd.concat(found).drop_duplicates().groupby("person_id").size().reindex(everybody, fill_value=0)


def test_most_people_are_known_once_and_few_many_times(large: Path) -> None:
    """Profiles per person, copies included: about 1.5 to 2, two and more for a good third, with a long tail."""
    profiles = profiles_per_person(large)
    assert 1.5 < profiles.mean() < 2.1
    assert 0.35 < (profiles >= 2).mean() < 0.5
    assert 0.01 < (profiles >= 8).mean() < 0.06
    assert profiles.max() >= 12


def test_households_share_what_they_were_asked_to_share(large: Path) -> None:
    people, homes = table(large, "people"), table(large, "households")
    sizes = people.groupby("household_id").size()
    several = homes[homes["household_id"].isin(sizes[sizes > 1].index)]
    assert (people["household_id"].map(sizes) > 1).mean() >= 0.45
    for column, share in (("shared_email", SHARED_EMAIL), ("shared_phone", SHARED_PHONE)):
        users = people.dropna(subset=[column]).groupby("household_id")[column].agg(["size", "nunique"])
        assert (users["nunique"] == 1).all()
        by_two = (users["size"].reindex(several["household_id"], fill_value=0) >= 2).mean()
        assert near(by_two, share, len(several)), column
    assert near(homes["moved_at"].notna().mean(), MOVES, len(homes))
    twins = people[people["role"] == "twin"].groupby("household_id").filter(lambda home: len(home) == 2)
    assert twins.groupby("household_id")["birth_date"].nunique().eq(1).all()
    assert len(twins) > 20
    namesakes = people[people["role"] == "namesake"].merge(
        people[people["role"] == "head"], on="household_id"
    )
    assert len(namesakes) > 20
    assert (namesakes["given_name_x"] == namesakes["given_name_y"]).all()
    assert (namesakes["family_name_x"] == namesakes["family_name_y"]).all()
    assert (namesakes["birth_date_x"] > namesakes["birth_date_y"]).all()
    assert homes["is_in_flat_block"].mean() > 0.15
    assert people["married_at"].notna().sum() > 30


def test_telephone_numbers_are_valid_in_their_country(large: Path) -> None:
    people = table(large, "people").head(2_000)
    for column in ("mobile", "shared_phone"):
        numbers = [phonenumbers.parse(text) for text in people[column].dropna()]
        assert len(numbers) > 100
        assert all(phonenumbers.is_valid_number(number) for number in numbers)


def test_company_and_vat_numbers_pass_their_check_digits(large: Path) -> None:
    companies = table(large, "companies")
    vat = {"NL": btw, "BE": be_vat, "SE": se_vat, "GB": gb_vat}
    for country, module in vat.items():
        numbers = companies.loc[companies["country"] == country, "vat_number"]
        assert len(numbers) > 10
        assert numbers.map(module.is_valid).all(), country
    assert companies.loc[companies["country"] == "CN", "company_number"].map(uscc.is_valid).all()
    assert companies.loc[companies["country"] == "SE", "company_number"].map(orgnr.is_valid).all()
    assert companies["company_number"].is_unique
    assert companies["parent_company_id"].notna().any()


def test_broken_rows_have_the_rate_asked_for(large: Path) -> None:
    sales = pd.concat(
        table(large, f"rows/{feed}")
        for feed in ("shop_orders", "till_sales", "sweden_orders", "china_orders")
    )
    for name, rate in FAULTS.items():
        assert near((sales["fault"] == name).mean(), rate, len(sales)), name


def test_purchases_follow_the_causes(large: Path) -> None:
    """Orders a year while active agree with the planted rate; after dropping out nobody orders but in a campaign's last weeks."""
    traits, orders = table(large, "traits"), table(large, "orders")
    end = pd.Timestamp("2026-06-30 21:00")
    buyers = traits[traits["is_buyer"]].set_index("person_id")
    years = (buyers["dropped_out_at"].fillna(end) - buyers["active_from"]).dt.total_seconds() / (
        365.25 * 86_400
    )
    organic = (
        orders[orders["brought_by_campaign"].isna()]
        .groupby("person_id")
        .size()
        .reindex(buyers.index, fill_value=0)
    )
    expected = (buyers["purchase_rate"] * years).sum()
    # At least one order each is added on top, and the seasons do not always fill whole years.
    assert 0.97 < organic.sum() / expected < 1.25
    assert np.corrcoef(organic, buyers["purchase_rate"] * years)[0, 1] > 0.9
    last = orders.groupby("person_id")["ordered_at"].max()
    gone = buyers["dropped_out_at"].dropna()
    assert (
        last.reindex(gone.index).dropna() <= gone.reindex(last.index).dropna() + pd.Timedelta(days=22)
    ).all()


def test_what_goes_together_is_bought_together(large: Path) -> None:
    """After a line comes its complement about as often as asked for, and far more often than the other way round."""
    orders = pd.concat(
        pd.read_csv(path, dtype=str) for path in (large / "sources/files/shop_orders").glob("orders_20??.csv")
    )
    orders = orders.assign(line=pd.to_numeric(orders["line_no"], errors="coerce")).dropna(
        subset=["line", "order_no"]
    )
    pairs = orders.merge(
        orders.assign(line=orders["line"] - 1), on=["order_no", "line"], suffixes=("", "_next")
    )
    complement = table(large, "products").set_index("product_id")["goes_with_product_id"]
    follows = (pairs["sku"].map(complement) == pairs["sku_next"]).mean()
    assert near(follows, COMPLEMENT, len(pairs), allowance=0.02)


def test_campaigns_hold_out_the_share_asked_for_and_bring_what_they_say(large: Path) -> None:
    contacts = table(large, "campaign_contacts")
    assert near(contacts["is_held_out"].mean(), HELD_OUT, len(contacts))
    treated = contacts[~contacts["is_held_out"]]
    assert not contacts.loc[contacts["is_held_out"], ["brought_an_order", "cost_an_order"]].any().any()
    net = treated["brought_an_order"].mean() - treated["cost_an_order"].mean()
    assert abs(net - treated["uplift"].mean()) < 0.004
    assert {-1, 0, 1} <= set(np.sign(contacts["uplift"]))
    assert not treated.loc[treated["uplift"] == 0, "brought_an_order"].any()


def test_nobody_held_out_is_sent_the_mailing(large: Path) -> None:
    events = duckdb.sql(f"""
        select event_id as row_key, campaign as campaign_id from read_json('{large}/sources/files/newsletter_events/*.jsonl.gz',
            columns={{event_id: 'varchar', event: 'varchar', campaign: 'varchar'}})
        where event = 'send' and campaign is not null
    """).df()
    sent = events.merge(table(large, "rows/newsletter_events"), on="row_key")
    both = sent.merge(table(large, "campaign_contacts"), on=["person_id", "campaign_id"], how="left")
    assert len(both) == len(sent) > 4_000
    assert not both["is_held_out"].any()


def test_mail_stops_after_the_goodbye_and_after_the_first_hard_bounce(large: Path) -> None:
    events = duckdb.sql(f"""
        select subscriber, event, cast(ts as timestamp) as at, person_id
        from read_json('{large}/sources/files/newsletter_events/*.jsonl.gz',
            columns={{event_id: 'varchar', event: 'varchar', subscriber: 'varchar', ts: 'varchar'}}) e
        join '{large}/truth/rows/newsletter_events.parquet' r on r.row_key = e.event_id
    """).df()
    counts = events["event"].value_counts()
    assert 0.01 < counts["bounce"] / counts["send"] < 0.04
    assert 0.25 < counts["open"] / counts["send"] < 0.5
    sends = events[events["event"] == "send"].merge(table(large, "traits"), on="person_id")
    assert (sends["at"] >= sends["confirmed_at"]).all()
    assert not (sends["at"] > sends["unsubscribed_at"] + pd.Timedelta(hours=1)).any()
    assert sends[sends["at"] > sends["mail_dead_from"]].groupby("person_id").size().max() == 1


def test_objectors_come_back_in_the_next_bought_list(large: Path) -> None:
    acts = table(large, "permissions")
    bought = table(large, "rows/consumer_list")
    objectors = set(acts.loc[acts["action"] == "object", "person_id"])
    assert len(objectors & set(bought.loc[bought["file"].str.contains("_2.csv"), "person_id"])) > 20


def test_couples_who_share_an_address_disagree(large: Path) -> None:
    acts = table(large, "permissions")
    post = acts[(acts["purpose"] == "offers") & (acts["channel"].isna() | (acts["channel"] == "post"))]
    last = (
        post.sort_values("at")
        .groupby("person_id")
        .last()
        .reset_index()
        .merge(table(large, "people"), on="person_id")
    )
    allows = last["action"] == "grant"
    mixed = allows.groupby(last["household_id"]).nunique()
    assert (mixed == 2).sum() > 20


def test_employers_change_as_asked_for_and_only_who_is_not_told_names_the_one_of_before(large: Path) -> None:
    jobs, rows = table(large, "employments"), {}
    contacts = jobs["person_id"].nunique()
    # Some draw the employer they have.
    assert near(jobs["since"].notna().sum() / contacts, CHANGES_JOB, contacts, allowance=0.03)
    for feed in ("business_requests", "sales_visits", "crm_contacts", "business_list"):
        blocks = table(large, f"contact_blocks/{feed}")
        stale = duckdb.sql("""
            select former_employer, count(*) filter (where jobs.company_id <> blocks.company_id) as other
            from blocks inner join jobs
                on blocks.person_id = jobs.person_id
                and blocks.at >= coalesce(jobs.since, timestamp '1970-01-01')
                and blocks.at < coalesce(jobs.until, timestamp '2200-01-01')
            group by all
        """).df().set_index("former_employer")["other"]  # fmt: skip
        assert stale.get(False, 0) == 0 and stale.get(True, 0) == blocks["former_employer"].sum(), feed
        rows[feed] = blocks["former_employer"].mean()
    assert rows["business_requests"] == 0
    assert 0 < rows["sales_visits"] < rows["crm_contacts"] < rows["business_list"] < 0.25


def test_the_report_states_what_was_asked_for_and_measured(out: Path, summary: SimulationSummary) -> None:
    text = (out / "README.md").read_text("utf-8")
    assert "| nickname | 8.00% |" in text
    assert f"| web_events | {summary.rows['web_events']:,} |" in text
    assert (out / "truth/orders_by_month.svg").read_text("utf-8").count('aria-roledescription="bar"') > 30
