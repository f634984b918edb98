"""Duties towards the people behind the records: what must go, and when.

A new kind of value that says who somebody is (a passport number, say) is a column of the contact block (contracts) and then
goes, in this folder, into `needles.py` (what texts are searched for), `people.sql` and `people.py` with `requests.py` (how
somebody is asked for by it) and `tombstones.py` (what keeps somebody away); `registry.py` takes it from the contact block.
"""
