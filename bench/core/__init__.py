"""Data that the other packages share; it uses neither JAX nor files."""
