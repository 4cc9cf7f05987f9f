"""How fast it is, each figure beside its limit: `make bench`."""
