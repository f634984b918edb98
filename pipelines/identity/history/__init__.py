"""Changes between two versions: people created, merged and split, and what a change of rules would move."""
