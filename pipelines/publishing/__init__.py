"""What readers see: versions, what they are made of, what they have passed, and the switch from one to the next."""
