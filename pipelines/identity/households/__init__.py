"""Which people live together."""
