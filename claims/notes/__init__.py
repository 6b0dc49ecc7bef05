"""Claims of the notes on gradient-based learning."""
