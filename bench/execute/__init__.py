"""Execute a run: executors, supervision, progress, and the Python API."""
