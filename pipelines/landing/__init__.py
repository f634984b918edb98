"""Landing: from delivered files to committed loads, every row accounted for."""
