"""Claims of the question on finite differences."""
