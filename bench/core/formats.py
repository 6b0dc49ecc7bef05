"""The formats of tables and plots, by the names that verbs take."""

TABLES = {"csv": ".csv", "json": ".json", "latex": ".tex", "markdown": ".md"}
"""The suffix of a table's file, by format."""
PLOTS = {name: f".{name}" for name in ("png", "svg", "pdf", "pgf")}
"""The suffix of a plot's file, by format."""
