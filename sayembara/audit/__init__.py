"""The audit: what the log alone can prove."""
