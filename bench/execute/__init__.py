"""Have a run done: executors, supervision, progress, and the Python API."""
