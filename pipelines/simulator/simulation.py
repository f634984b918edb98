"""Writes the files of the demo company and, apart from them, the truth about each row."""

import csv
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines.contracts import Contract, read_contracts
from pipelines.contracts.policies import WORDINGS
from pipelines.errors import StamgastError
from pipelines.settings import PROJECT
from pipelines.simulator import business, forms, newsletters, permission_feeds, reference, sales, service, web
from pipelines.simulator.company import Company, make_company
from pipelines.simulator.deliveries import Delivery
from pipelines.simulator.faults import FAULTS, Fault, last_file, with_faults
from pipelines.simulator.report import write_report
from pipelines.simulator.truth import RowTruth
from pipelines.simulator.truth_tables import write_truth_tables
from pipelines.simulator.writing import Writer, copy_contracts

CONTRACTS = PROJECT / "sources"
# With fewer people the planted shares round to zero, or a fault strikes a file of a few rows.
FEWEST_PEOPLE, FEWEST_FOR_FAULTS = 200, 2_000
_EARLIEST, _LATEST = date(1990, 1, 1), date(2100, 1, 1)

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
    """What was written: people and companies simulated, files and rows per feed, those of later days included."""

    people: int
    companies: int
    files: dict[str, int]
    rows: dict[str, int]

    @property
    def row_count(self) -> int:
        """Rows over all feeds."""
        return sum(self.rows.values())


def simulate(
    people: int,
    seed: int,
    out: Path,
    *,
    truth: Path | None = None,
    as_of: date = date(2026, 6, 30),
    days: int = 0,
    faults: Sequence[str] = (),
) -> SimulationSummary:
    """Writes contracts and files into `out/sources` and the truth into `truth` (default `out/truth`).

    The same arguments write the same bytes; files of an earlier simulation are replaced. `days`: days to simulate after
    `as_of`; their files are in `out/days/<date>/files`, to be copied into `out/sources` one day at a time. A company with
    further days differs from the same company without, its history included. `faults` (names of faults.FAULTS) are planted
    in the last delivery of their feeds and listed in `truth/faults.csv`. `out/README.md` (`truth/README.md` if `out` is the
    project) reports what was planted and measured.
    Raises SimulationError: too few people, a negative seed, a day out of reach, an unknown fault, a folder that holds
    what no simulation made, a truth that would lie where the pipeline reads.
    """
    _check(people, seed, as_of, faults)
    truth = truth or out / "truth"
    _check_folders(out, truth)
    contracts = {contract.feed: contract for contract in read_contracts(CONTRACTS) if contract.feed in FEEDS}
    if missing := sorted(set(FEEDS) - set(contracts)):
        raise SimulationError(
            f"{CONTRACTS / missing[0]}.yml: the simulator writes files for this contract and it is gone; "
            "bring it back, or leave the demo company"
        )
    copy_contracts({feed: CONTRACTS / f"{feed}.yml" for feed in contracts}, out / "sources")
    policies = (CONTRACTS / "policies").glob("*.csv")
    copy_contracts({path.stem: path for path in policies}, out / "sources" / "policies")
    wordings = (CONTRACTS / WORDINGS).glob("*.md")
    copy_contracts({path.stem: path for path in wordings}, out / "sources" / WORDINGS)
    for folder in (
        truth / "rows",
        truth / "contact_blocks",
        *(out / "sources" / "files" / feed for feed in FEEDS),
    ):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (out / "days").glob("????-??-??"):
        shutil.rmtree(folder)
    company = make_company(people, seed, as_of, days)
    rows = RowTruth(truth, people)
    files, planted = _write(company, contracts, out, rows, [FAULTS[name] for name in faults])
    write_truth_tables(company, truth)
    with (truth / "faults.csv").open("w", encoding="utf-8", newline="") as file:
        listed = csv.writer(file, lineterminator="\n")
        listed.writerow(("fault", "feed", "file", "description"))
        listed.writerows((fault.name, fault.feed, name, fault.description) for fault, name in planted)
    # The project's own README is about something else.
    readme = truth if out.resolve() == PROJECT else out
    write_report(company, rows, planted, truth, readme / "README.md")
    return SimulationSummary(people, company.society.companies.size, files, dict(rows.rows))


def _check(people: int, seed: int, as_of: date, faults: Sequence[str]) -> None:
    if people < FEWEST_PEOPLE:
        raise SimulationError(
            f"--people {people} is too few for the planted shares; give at least {FEWEST_PEOPLE}"
        )
    if seed < 0:
        raise SimulationError(f"--seed {seed} is negative; give 0 or more")
    if not _EARLIEST <= as_of <= _LATEST:
        raise SimulationError(f"--as-of {as_of} is out of reach; give a day from {_EARLIEST} to {_LATEST}")
    if faults and people < FEWEST_FOR_FAULTS:
        raise SimulationError(
            f"--people {people} is too few for faults to be seen; give at least {FEWEST_FOR_FAULTS} with --faults"
        )
    for name in faults:
        if name not in FAULTS:
            raise SimulationError(
                f"--faults {name}: there is no such fault; choose among {', '.join(FAULTS)}"
            )


def _check_folders(out: Path, truth: Path) -> None:
    """Refuses to replace what is not the simulator's, or to write the truth where the pipeline reads.

    Raises SimulationError: one of the two.
    """
    if truth.resolve().is_relative_to((out / "sources").resolve()):
        raise SimulationError(
            f"--truth {truth} lies in what the pipeline reads; give a folder outside {out / 'sources'}"
        )
    if out.resolve() == PROJECT or (truth / "faults.csv").exists():
        return  # the demo company's own folder, or an earlier simulation
    for folder in (out, truth):
        if folder.is_dir() and any(folder.iterdir()):
            raise SimulationError(
                f"{folder}: holds what no simulation made; give a folder that is empty or not there"
            )


def _write(
    company: Company, contracts: dict[str, Contract], out: Path, truth: RowTruth, faults: Sequence[Fault]
) -> tuple[dict[str, int], list[tuple[Fault, str]]]:
    """Writes all deliveries with their truth; returns the number of files per feed and the file that each fault struck."""
    files: Counter[str] = Counter()
    planted: list[tuple[Fault, str]] = []
    with Writer() as writer:
        for feed, make in FEEDS.items():
            mine = [fault for fault in faults if fault.feed == feed]
            deliveries: Iterator[Delivery] | list[Delivery] = make(company)
            struck = ""
            if mine:
                whole = list(deliveries)
                struck = last_file(whole)
                planted += [(fault, struck) for fault in mine]
                deliveries = with_faults(whole, mine)
            for delivery in deliveries:
                folder = out / "sources" if delivery.day is None else out / "days" / delivery.day.isoformat()
                damage = [fault.damage for fault in mine if fault.damage and delivery.file == struck]
                writer.write(delivery, contracts[feed], folder / "files", damage)
                struck_by = [fault.name for fault in mine if delivery.file == struck]
                truth.add(delivery, contracts[feed], struck_by)
                files[feed] += 1
        writer.wait()
    truth.close()
    return dict(files), planted
