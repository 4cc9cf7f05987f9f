"""The embedded form: the whole system as real processes on one machine."""
