"""The kit: the plumbing that every service shares. Knows no service and takes no decision."""

from kit.reactions import Reaction, on
from kit.service import Service, Tally
from kit.store import Store

__all__ = ["Reaction", "Service", "Store", "Tally", "on"]
