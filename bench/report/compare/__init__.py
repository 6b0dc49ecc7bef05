"""Two runs side by side: what changed, and how sure that is."""

from .runs import compare_runs as compare_runs
