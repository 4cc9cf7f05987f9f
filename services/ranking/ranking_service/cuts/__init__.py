"""Who goes on from a stage, and why not: the cut with its limits, as pure decisions."""
