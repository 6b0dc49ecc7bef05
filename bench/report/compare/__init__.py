"""Compare two runs: what changed, and with what confidence."""

from .runs import compare_runs as compare_runs
