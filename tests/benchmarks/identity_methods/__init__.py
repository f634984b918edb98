"""Ways to find who is who in a prepared set, each measured in a process of its own."""
