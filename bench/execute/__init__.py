"""Execute a run: executors, supervision, and progress."""
