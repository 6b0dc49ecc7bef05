"""From trials to tables."""
