"""A run's folder, and what it says of the machine."""
