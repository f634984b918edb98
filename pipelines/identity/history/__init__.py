"""What changed between two versions: people created, merged and split, and what a change would move."""
