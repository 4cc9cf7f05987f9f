"""The kit: the plumbing that every service shares. Knows no service and takes no decision."""
