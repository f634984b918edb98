"""Identity: which profiles are one person, which one company; a pure function of profiles, rules and overrides."""

from pipelines.identity.resolving import IdentitySummary, resolve
from pipelines.identity.rules import Rules, read_rules

__all__ = ["IdentitySummary", "Rules", "read_rules", "resolve"]
