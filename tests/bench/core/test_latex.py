"""Text in LaTeX: nothing in a label is a command, a comment or the end of a cell."""

import re

import pytest

from bench.core.latex import for_latex

from ..hostile import LABELS

SHOWN = {
    "50% of a_b & #1": r"50\% of a\_b \& \#1",
    r"a\b{c}$d$^~": r"a\textbackslash{}b\{c\}\$d\$\textasciicircum{}\textasciitilde{}",
    "<b> | x": r"\textless{}b\textgreater{} \textbar{} x",
    "a--b": "a-{}-b",
    "[x]*": "{[}x{]}{*}",
    "10⁻³": "10$^{-3}$",
    "1 µs – ∞": r"1 $\mu$s -- $\infty$",
    "λ and Λ": r"$\lambda$ and $\Lambda$",
    "Müller": "Müller",
}


@pytest.mark.parametrize("text", SHOWN, ids=repr)
def test_text_is_shown_as_written(text):
    assert for_latex(text) == SHOWN[text]


@pytest.mark.parametrize("label", LABELS, ids=lambda label: repr(label[:12]))
def test_no_label_breaks_a_table(label):
    latex = for_latex(label)
    bare = re.sub(r"\\[A-Za-z]+|\\[{}$&#%_]", "", latex)  # without commands
    assert not re.search(r"[\\&#%_~\n]", bare)
    assert bare.count("{") == bare.count("}")
    assert bare.count("$") % 2 == 0
    assert "\x1b" not in latex
