"""Numbers as people read them."""

from math import inf, nan

import pytest

from bench.report import format


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 s"),
        (1.234e-9, "1.23 ns"),
        (9.996e-7, "1.00 µs"),
        (1.5e-3, "1.50 ms"),
        (0.9996, "1.00 s"),
        (123.4, "123 s"),
        (12345.0, "12,345 s"),
        (inf, "never"),
        (nan, "–"),
    ],
)
def test_seconds(value, text):
    assert format.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (12.0, "12"),
        (1234.0, "1,234"),
        (2.5, "2.50"),
        (123456, "1.23e+05"),
        (inf, "never"),
        (nan, "–"),
    ],
)
def test_counts(value, text):
    assert format.count(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(1.5e9, "1.50 G"), (999.6e3, "1.00 M"), (12.0, "12.0")]
)
def test_rates(value, text):
    assert format.rate(value) == text


def test_a_section_without_rows_is_its_heading_and_notes():
    table = format.Table("Seconds", ("a", "b"), (), ("nothing was timed",))
    assert format.section_text(table) == "## Seconds\n\n- nothing was timed"
