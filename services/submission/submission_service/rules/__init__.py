"""What submission decides, as pure functions: no store, no clock, no chance."""
