"""The command: runs the whole system, plays editions, and serves the operator."""
