"""Claims of the question on finite steps."""
