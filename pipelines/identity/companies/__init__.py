"""Resolves companies: which profiles name one company."""
