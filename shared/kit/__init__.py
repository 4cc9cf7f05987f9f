"""The kit: the plumbing that every service shares. Knows no service and takes no decision."""

from kit.reactions import Reaction, on
from kit.service import Service
from kit.store import Store

__all__ = ["Reaction", "Service", "Store", "on"]
