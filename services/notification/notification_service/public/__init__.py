"""The public view of the log: written down in order, and published on a stream of its own."""
