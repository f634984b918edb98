"""A clean company, a month long: no rule calls an error, no feed stale, and every tenth day is run whole and published."""

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from pipelines.contracts import read_contracts
from pipelines.expectations.checking import check_freshness
from pipelines.expectations.load_check import arrival_check
from pipelines.expectations.results import sentence
from pipelines.landing.deliveries import scan_feeds
from pipelines.landing.feeds import delivery_trouble
from pipelines.landing.index import write_loads
from pipelines.landing.landing import land_feed
from pipelines.privacy.tombstones import HOLDING_BACK
from pipelines.settings import Settings
from pipelines.simulator import simulate
from tests.soak.company import FIRST_DAY, Company


def land_day(company: Company, day: date, warnings: Counter[str]) -> Iterator[str]:
    """Lands what is new as a run of that day would; gives what is wrong with each feed, counts the warnings."""
    settings = Settings(sources=company.sources, warehouse=company.warehouse, as_of=day)
    places, check = settings.places, arrival_check(settings)
    contracts = read_contracts(settings.sources)
    for scan in scan_feeds(contracts, settings.sources, places, day):
        contract = scan.contract
        for load in land_feed(scan, settings, check, HOLDING_BACK).loads:
            warnings.update(f"{contract.feed}: {rule.split(chr(39))[1]}" for rule in load.rules_warned)
        yield from delivery_trouble(contract, places, day)
        write_loads(places, [contract], places.build / "freshness.parquet", day)
        for result in check_freshness(contract, places.build / "freshness.parquet", as_of=day, places=places):
            if not result.success and result.severity == "error":
                yield f"{contract.feed}: {sentence(result)}"
            elif not result.success:
                warnings[f"{contract.feed}: older than warn_after"] += 1


def main() -> int:
    """Exit 0: not one error; 1: some."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--whole", type=int, default=10, help="run every so manieth day whole; 0: none")
    parser.add_argument("--people", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=11)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="stamgast_days_"))
    company, warnings, errors = Company(folder / "company"), Counter[str](), 0
    simulate(asked.people, asked.seed, company.root, as_of=FIRST_DAY, days=asked.days)
    for number in range(asked.days + 1):
        day = FIRST_DAY + timedelta(days=number)
        if number:
            shutil.copytree(company.root / "days" / day.isoformat(), company.sources, dirs_exist_ok=True)
        wrong = list(land_day(company, day, warnings))
        if number and asked.whole and number % asked.whole == 0:
            code = company.run(day, folder / f"{day}.log")
            wrong += [f"the run ended with exit {code}; its log is {folder}/{day}.log"] if code else []
        errors += len(wrong)
        print(f"{day}  {'; '.join(wrong) or 'no error'}", flush=True)
    print(f"{asked.days} days: {errors} errors; warnings:")
    for warning, count in warnings.most_common():
        print(f"  {count:3d}  {warning}")
    if not errors:
        Company.empty(company.root)
        shutil.rmtree(folder)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
