"""The log and the stores in a folder, back from it, and the log back from the outboxes."""
