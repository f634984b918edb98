"""What people decided about records, and what they should decide next."""
