"""What ranking does with each event and each command."""
