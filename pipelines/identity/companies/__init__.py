"""Which profiles name one company."""
