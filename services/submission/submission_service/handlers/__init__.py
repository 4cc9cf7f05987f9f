"""What submission does with each command and each event."""
