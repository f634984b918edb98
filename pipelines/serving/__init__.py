"""What people ask of the warehouse: the card of a customer, why a value is golden, why records are one person, what to review."""
