"""Whom a message goes to: the audience of a segment, and the ledger of audiences."""
