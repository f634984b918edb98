"""Duties towards the people behind the records: access, erasure, retention, the register of processing, proofs.

A new kind of identifier (a passport number, say) is a column of the contact block (contracts) and is added here to
`search_terms.py` (what texts are searched for), to `people.sql`, `people.py` and `requests.py` (how somebody is found by
it) and to `tombstones.py` (what keeps somebody erased away); `registry.py` takes it from the contact block.
"""
