"""What evaluation decides: who may judge what, which sheet is taken, when scoring may close."""
