"""The contracts: every event, its envelope, and the log it is on. Knows no service, no broker."""
