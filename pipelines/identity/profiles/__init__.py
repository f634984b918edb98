"""Match features of profiles, and values that identify nobody."""
