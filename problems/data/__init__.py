"""The sources of examples: files, scikit-learn, and random draws."""
