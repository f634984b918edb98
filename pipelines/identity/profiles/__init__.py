"""What is compared of a profile, and which of its values identify nobody."""
