"""What a rulebook's formulas come to: exact, step by step, and with the reasons."""
