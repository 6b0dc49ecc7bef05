"""Where examples come from: files, scikit-learn, and random draws."""
