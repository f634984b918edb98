"""How likely two profiles are one person: the frozen model, what it compares, which pairs it weighs, its training."""
