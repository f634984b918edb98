"""What Dagster says of a run, in sentences that quote no data."""

import dagster as dg


def error_sentence(event: dg.DagsterEvent) -> str | None:
    """Why a step failed; the words of our own errors, of others only their kind, since they may quote data."""
    error = event.step_failure_data.error
    if error is None:
        return None
    while error.cause is not None:  # what a step failed of comes first, what that came of behind it
        error = error.cause
    if error.cls_name == "DagsterAssetCheckFailedError":
        return None
    if (
        error.cls_name in ("Failure", "StamgastError", "SuiteError", "ContractError")
        or "StamgastError" in error.message
    ):
        return f"{event.step_key}: {error.message.split(': ', 1)[-1].strip()}"
    return f"{event.step_key}: {error.cls_name}; see the run in the Dagster UI (make ui)"


def check_sentence(check: dg.AssetCheckEvaluation) -> str:
    """What a broken rule of an asset says."""
    return f"{'/'.join(check.asset_key.path)}, {check.check_name}: {check.description or 'does not hold'}"
