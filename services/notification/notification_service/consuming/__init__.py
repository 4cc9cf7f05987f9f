"""Those who consume events: who was let in to what. `sayembara consumer` brings it to the log."""
