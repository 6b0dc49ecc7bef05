"""The tables of a run, as CSV and Markdown."""
