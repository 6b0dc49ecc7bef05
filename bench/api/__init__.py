"""The Python API: `measure`, `experiment`, `load`, and what a notebook shows."""
