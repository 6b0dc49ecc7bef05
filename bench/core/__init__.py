"""Data that everyone shares: no JAX, no files."""
