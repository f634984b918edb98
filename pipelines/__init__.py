"""Stamgast: from customer files to a warehouse of people, companies and households."""
