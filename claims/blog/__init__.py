"""Claims of "More Descent, Less Gradient"."""
