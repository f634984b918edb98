"""Decisions of people about profiles: read, checked and added."""
