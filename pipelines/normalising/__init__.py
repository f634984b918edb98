"""Normalised values beside the text as it was sent, for identity resolution, permission and reports."""

from pipelines.normalising.columns import CLEAN_COLUMNS, CLEAN_DESCRIPTIONS
from pipelines.normalising.refusal_keys import REFUSAL_KEYS, add_refusal_keys
from pipelines.normalising.table import add_clean_columns

__all__ = ["CLEAN_COLUMNS", "CLEAN_DESCRIPTIONS", "REFUSAL_KEYS", "add_clean_columns", "add_refusal_keys"]
