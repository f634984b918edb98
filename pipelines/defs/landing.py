"""One asset per feed, and the index of all loads."""

from collections.abc import Iterator, Sequence

import dagster as dg

from pipelines.contracts import Contract
from pipelines.contracts.policies import read_country_rules
from pipelines.errors import StamgastError
from pipelines.expectations.checking import check_freshness
from pipelines.expectations.kept import freshness_file, write_results
from pipelines.expectations.load_check import arrival_check
from pipelines.expectations.results import RuleResult, sentence
from pipelines.landing.deliveries import scan_feeds
from pipelines.landing.feeds import delivery_trouble, is_judged, refuse_without_contract, write_troubles
from pipelines.landing.index import write_loads
from pipelines.landing.landing import land_feed
from pipelines.landing.loads import as_known_on, newest_event, read_loads
from pipelines.privacy.erasing import finish_rewriting
from pipelines.privacy.index import write_index
from pipelines.privacy.redacted_profiles import finish_redaction
from pipelines.privacy.tombstones import HOLDING_BACK
from pipelines.resources import Stamgast
from pipelines.settings import Settings

_CHECKS = {
    "deliveries": "No delivery is held or refused.",
    "freshness": "The newest event of the feed is as recent as its contract promises.",
}
INDEX = {
    dg.AssetKey(["raw", "loads"]): "One row per load.",
    dg.AssetKey(["raw", "feeds"]): "One row per contract.",
    dg.AssetKey(["raw", "shells"]): "One row per profile without a value, and the profile it is tied to.",
    dg.AssetKey(["raw", "country_rules"]): "One row per country, audience and channel with a rule.",
    dg.AssetKey(
        ["raw", "codes"]
    ): "One row per code that a contract translates where permission hangs on it.",
    dg.AssetKey(
        ["raw", "refusals"]
    ): "One row per delivered row that may refuse, whatever became of its load.",
    dg.AssetKey(["raw", "refusals_erased"]): "One row per refusal without points and profile it holds at.",
}


def feed_key(contract: Contract) -> dg.AssetKey:
    """The asset of a feed; also the folder of its loads."""
    return dg.AssetKey(["raw", contract.kind, contract.feed])


def _severity(contract: Contract) -> dg.AssetCheckSeverity:
    """A feed that may fail alone warns; a required one stops the run."""
    return dg.AssetCheckSeverity.ERROR if contract.required else dg.AssetCheckSeverity.WARN


def _did_it_run(contract: Contract) -> dg.FreshnessPolicy:
    """The limits of the contract, which the rules on its events take too, on the last time the feed was looked at."""
    warn, fail = contract.freshness.warn_after, contract.freshness.error_after
    return dg.FreshnessPolicy.time_window(fail_window=fail, warn_window=warn if warn < fail else None)


def _judge(contract: Contract, settings: Settings) -> tuple[list[str], list[RuleResult]]:
    """What is wrong with the deliveries of a feed, and the limits on its age that its newest event in use breaks."""
    index = settings.places.index("freshness")
    write_loads(settings.places, [contract], index, settings.as_of)
    results = (
        []
        if contract.retired
        else check_freshness(contract, index, as_of=settings.as_of, places=settings.places)
    )
    write_results(freshness_file(settings.places, contract.feed), results)
    trouble = delivery_trouble(contract, settings.places, settings.as_of)
    old = [result for result in results if not result.success]
    too_old = [sentence(result) for result in old if result.severity == "error"]
    write_troubles(settings.places, contract.feed, [*trouble, *too_old])
    return trouble, old


def feed_asset(contract: Contract) -> dg.AssetsDefinition:
    """The asset that lands a feed's new files, each judged by the rules of its kind before it is committed."""
    key = feed_key(contract)

    @dg.asset(
        key=key,
        group_name="raw",
        owners=[contract.owner],
        description=contract.description,
        kinds={"parquet", contract.files.format},
        tags={"kind": contract.kind, "delivery": contract.delivery},
        check_specs=[
            dg.AssetCheckSpec(name, asset=key, description=description, blocking=contract.required)
            for name, description in _CHECKS.items()
        ],
        freshness_policy=_did_it_run(contract),
    )
    def feed(context: dg.AssetExecutionContext, stamgast: Stamgast) -> Iterator[dg.MaterializeResult]:
        settings = stamgast.settings
        (scan,) = scan_feeds([contract], settings.sources, settings.places, settings.as_of)
        landing = land_feed(scan, settings, arrival_check(settings), HOLDING_BACK, context.log.info)
        known = as_known_on(read_loads(settings.places), settings.as_of)
        loads = [load for load in known if load.feed == contract.feed]
        accepted = [load for load in loads if load.status == "accepted"]
        events = [newest_event(settings.places, load, settings.as_of) for load in accepted]
        newest = max((event for event in events if event), default=None)
        trouble, old = _judge(contract, settings)
        is_too_old = any(result.severity == "error" for result in old)
        yield dg.MaterializeResult(
            metadata={
                "dagster/row_count": sum(load.rows_accepted for load in accepted),
                "files": scan.file_count,
                "files landed now": len(landing.loads),
                "rows landed now": sum(load.rows_accepted for load in landing.loads),
                "rows quarantined now": sum(load.rows_quarantined for load in landing.loads),
                "special values dropped now": sum(
                    sum(load.values_dropped.values()) for load in landing.loads
                ),
                "newest event": f"{newest:%Y-%m-%d %H:%M} UTC" if newest else "none",
                "warnings": dg.MetadataValue.md(
                    "\n".join(
                        f"- {load.file}: {text}" for load in landing.loads for text in load.rules_warned
                    )
                    or "none"
                ),
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name="deliveries",
                    passed=not trouble,
                    severity=_severity(contract),
                    description="; ".join(trouble) or None,
                ),
                dg.AssetCheckResult(
                    check_name="freshness",
                    passed=not old,
                    severity=_severity(contract) if is_too_old else dg.AssetCheckSeverity.WARN,
                    description="; ".join(map(sentence, old)) or None,
                ),
            ],
        )

    return feed


def refuse_unplanned(settings: Settings, contracts: Sequence[Contract], steps: Sequence[str] | None) -> None:
    """What the Dagster UI launches follows the definitions it shows: a feed whose contract is newer would silently be left out.

    `steps`: those the run was planned with; None where it is planned as it starts, as runs of the schedule are.
    Raises StamgastError: a feed that was never looked at has files, and no step.
    """
    for contract in contracts:
        if steps is None or feed_key(contract).to_python_identifier() in steps:
            continue
        if is_judged(settings.places, contract.feed) or contract.retired:
            continue
        (scan,) = scan_feeds([contract], settings.sources, settings.places, settings.as_of)
        if scan.new:
            raise StamgastError(
                f"{contract.feed}: has files, and this run was planned before its contract was read; "
                "press Reload definitions in the Dagster UI and run again"
            )


def index(contracts: Sequence[Contract]) -> dg.AssetsDefinition:
    """The tables of raw that are no loads, as one step behind all feeds."""

    @dg.multi_asset(
        specs=[
            dg.AssetSpec(
                key,
                group_name="raw",
                owners=["team:data"],
                kinds={"parquet"},
                deps=[feed_key(contract) for contract in contracts],
                description=description,
            )
            for key, description in INDEX.items()
        ]
    )
    def index(context: dg.AssetExecutionContext, stamgast: Stamgast) -> Iterator[dg.MaterializeResult]:
        """What dbt reads of the ledger."""
        settings = stamgast.settings
        rules = read_country_rules(settings.sources)
        refuse_without_contract(settings.places, contracts)
        # The command line plans its run when it starts it.
        steps = None if stamgast.is_locked else context.run.step_keys_to_execute
        refuse_unplanned(settings, contracts, steps)
        # What a retention or an erasure that died left undone.
        finish_redaction(settings.places)
        finish_rewriting(settings.places)
        rows_of = write_index(settings.places, contracts, settings.as_of, rules)
        for contract in contracts:
            if not is_judged(settings.places, contract.feed):
                _judge(contract, settings)
        for key in INDEX:
            rows = rows_of[key.path[-1]]
            yield dg.MaterializeResult(key, metadata={"dagster/row_count": rows})

    return index
