"""Data sets of which it is known who is who, as feeds: prepared once, measured often."""
