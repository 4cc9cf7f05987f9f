"""The crash drills: an edition is played while its processes are killed. `make chaos`."""
