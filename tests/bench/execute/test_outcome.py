"""What is printed at the end of a run."""

from pathlib import Path

from bench.execute.outcome import MOST_LINES, brief

FEW = "## one\n\n| a |\n\n## Comparison by time\n\n| b |\n\n- a note\n"


def test_a_few_tables_are_printed_as_they_are():
    assert brief(FEW, Path("run")) == FEW


def test_of_very_many_the_comparisons_are_printed_and_where_the_others_are():
    many = "".join(f"## {i}\n\n| a |\n\n" for i in range(MOST_LINES))
    shown = "## Comparison by time\n\n| b |\n\n- a note\n\n"
    more = f"{MOST_LINES + 1} more tables: run/summary.md\n"
    assert brief(many + FEW, Path("run")) == shown + more
    assert brief(many, Path("run")) == many  # nothing holds it together
