"""The warehouse folder: its places, its databases, keys, lock, and files that are written whole or not at all."""
