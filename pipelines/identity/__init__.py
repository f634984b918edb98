"""Identity resolution: which profiles are one person, company or household; pure in profiles, rules, model and overrides."""

from pipelines.identity.likelihood.model import IdentityModel, read_model, read_model_file
from pipelines.identity.resolving import IdentitySummary, resolve
from pipelines.identity.rules import Rules, read_rules

__all__ = [
    "IdentityModel",
    "IdentitySummary",
    "Rules",
    "read_model",
    "read_model_file",
    "read_rules",
    "resolve",
]
