"""Generated documents: from the contracts, the reaction tables and the settings."""
