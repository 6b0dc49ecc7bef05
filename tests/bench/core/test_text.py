"""Labels as text: file names that differ, and escapes that show what was written."""

import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.core.text import (
    REPLACE,
    file_names,
    for_csv,
    for_markdown,
    from_csv,
    one_line,
)
from bench.report.format import Table, csv_text, markdown

from ..hostile import LABELS


def assert_file_names(labels):
    names = file_names(labels)
    assert list(names) == list(dict.fromkeys(labels))
    assert len({name.casefold() for name in names.values()}) == len(names)
    for name in names.values():
        assert 1 <= len(name) < 80
        assert name.isascii()
        assert not set(name) & set(' /\\:*?"<>|$\n')
        assert name.strip(". ") == name


def test_hostile_labels_have_different_short_names():
    assert_file_names(LABELS)


@given(st.lists(st.text()))
def test_any_labels_have_different_short_names(labels):
    assert_file_names(labels)


def test_a_label_keeps_its_words_and_gets_a_hash_only_where_another_has_them():
    readable = {"sgd": "sgd", "a valley/1": "a_valley_1", "Régression": "Regression"}
    assert file_names(readable) == readable
    shared = file_names(["a/b", "a b", "A b", "c"])
    assert shared["c"] == "c"
    assert all(name.lower().startswith("a_b-") for name in list(shared.values())[:3])
    assert file_names(["° °"])["° °"].startswith("problem-")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("keep_stepping [1, 2] 3 < 4", "keep_stepping [1, 2] 3 < 4"),
        ("-1.2 ms", "-1.2 ms"),
        ("a|b", "a\\|b"),
        ("_x_ *y* `z` $1$", "\\_x\\_ \\*y\\* \\`z\\` \\$1\\$"),
        ("<b>", "\\<b>"),
        ("[x](y)", "[x\\](y)"),
        ("a\\|", "a\\\\\\|"),
        ("a\nb\x1b", "a\\nb\\x1b"),
        ("# x", "\\# x"),
    ],
)
def test_markdown_escapes_markup_and_leaves_other_text(text, shown):
    assert for_markdown(text) == shown


def test_a_table_has_a_line_for_each_row_whatever_the_labels():
    rows = tuple((label, "1") for label in LABELS)
    lines = markdown(Table(LABELS[12], ("name", "n"), rows, LABELS[12:13])).split("\n")
    assert len(lines) == 4 + len(LABELS) + 2
    assert not any(char < " " for line in lines for char in line)
    cells = [line.replace("\\|", "").count("|") for line in lines[2:-2]]
    assert set(cells) == {3}


@given(st.text())
def test_one_line_has_no_control_characters_and_a_csv_cell_comes_back(text):
    assert one_line(text).isprintable() or not set(one_line(text)) & set("\n\r\x1b\x00")
    assert from_csv(for_csv(text)) == text
    assert not for_csv(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_csv_holds_texts_and_numbers_stay_numbers():
    table = pd.DataFrame({"name": ["=1+2", "-x", "plain"], "n": [-1.5, 2.0, 3.0]})
    text = csv_text(table)
    assert text == "name,n\n'=1+2,-1.5\n'-x,2.0\nplain,3.0\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_stream_writes_what_its_encoding_lacks_in_ascii(encoding):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors=REPLACE)
    stream.write("10⁻⁴ → ∞ 回")
    stream.flush()
    assert raw.getvalue().decode(encoding) == "10-4 -> inf \\u56de"
