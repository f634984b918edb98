"""Makes the demo company's files and, apart from them, the truth about each row."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipelines.contracts import read_contracts
from pipelines.errors import StamgastError
from pipelines.settings import PROJECT
from pipelines.simulator import business, forms, newsletters, permission_feeds, reference, sales, service, web
from pipelines.simulator.company import Company, make_company
from pipelines.simulator.deliveries import Delivery
from pipelines.simulator.truth import RowWriter
from pipelines.simulator.writing import copy_contracts, write_delivery

CONTRACTS = PROJECT / "sources"
# Below this the shares that are planted round to nothing.
FEWEST_PEOPLE = 200

FEEDS: dict[str, Callable[[Company], Iterator[Delivery]]] = {
    "shop_accounts": forms.shop_accounts,
    "contest_entries": forms.contest_entries,
    "warranty_cards": forms.warranty_cards,
    "sample_requests": forms.sample_requests,
    "business_requests": business.business_requests,
    "newsletter_events": newsletters.newsletter_events,
    "shop_orders": sales.shop_orders,
    "till_sales": sales.till_sales,
    "sweden_orders": sales.sweden_orders,
    "china_orders": sales.china_orders,
    "returns": sales.returns,
    "consumer_list": permission_feeds.consumer_list,
    "business_list": business.business_list,
    "web_events": web.web_events,
    "support_tickets": service.support_tickets,
    "surveys": service.surveys,
    "sales_visits": business.sales_visits,
    "crm_contacts": business.crm_contacts,
    "company_register": business.company_register,
    "consents": permission_feeds.consents,
    "suppressions": permission_feeds.suppressions,
    "products": reference.products,
    "campaigns": reference.campaigns,
    "exchange_rates": reference.exchange_rates,
}


class SimulationError(StamgastError):
    """A simulation that cannot be made as asked."""


@dataclass(frozen=True)
class SimulationSummary:
    """What was written: people simulated, files and rows per feed."""

    people: int
    companies: int
    files: dict[str, int]
    rows: dict[str, int]

    @property
    def row_count(self) -> int:
        """Rows over all feeds."""
        return sum(self.rows.values())


def simulate(
    people: int, seed: int, out: Path, *, truth: Path | None = None, as_of: date = date(2026, 6, 30)
) -> SimulationSummary:
    """Writes contracts and files into `out/sources` and the truth into `truth` (default `out/truth`).

    The same arguments give the same bytes. Files of an earlier simulation in `out/sources/files` are replaced.
    Raises SimulationError: too few people.
    """
    if people < FEWEST_PEOPLE:
        raise SimulationError(
            f"--people {people} is too few for the planted shares; give at least {FEWEST_PEOPLE}"
        )
    contracts = {contract.feed: contract for contract in read_contracts(CONTRACTS) if contract.feed in FEEDS}
    sources, truth = out / "sources", truth or out / "truth"
    copy_contracts({feed: CONTRACTS / f"{feed}.yml" for feed in contracts}, sources)
    company = make_company(people, seed, as_of)
    shutil.rmtree(truth, ignore_errors=True)
    rows_of_truth = RowWriter(truth)
    files: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    with duckdb.connect() as connection:
        for feed, make in FEEDS.items():
            shutil.rmtree(sources / "files" / feed, ignore_errors=True)
            for delivery in make(company):
                write_delivery(connection, delivery, contracts[feed], sources / "files")
                rows_of_truth.add(delivery, contracts[feed])
                files[feed] += 1
                rows[feed] += delivery.table.num_rows
    rows_of_truth.close()
    return SimulationSummary(people, company.society.companies.size, dict(files), dict(rows))
