"""The README's counts of outside numbers are those of the data."""

import re
from pathlib import Path

import numpy as np

from .barzilai_borwein import LOSSES
from .minpack_2 import LEAST
from .optax_docstrings import BY_GRADIENT, BY_VALUE, LINE_SEARCHES
from .preconditioners import KRON, SHAMPOO, SOAP
from .test_ademamix_notebook import PRINTED
from .test_entropy import MINIMISER

README = Path(__file__).with_name("README.md").read_text(encoding="utf-8")


def test_the_readme_counts_every_number():
    counts = [
        sum(len(example.losses) for example in BY_GRADIENT.values()),
        sum(len(example.losses) for example in BY_VALUE.values()),
        sum(len(printed) for *_, printed in LINE_SEARCHES.values()),
        len(SOAP),
        len(SHAMPOO),
        sum(np.size(each) for _, *known in KRON.values() for each in known),
        sum(map(len, LOSSES.values())),
        len(MINIMISER),
        len(LEAST),
        sum(map(len, PRINTED.values())),
    ]
    stated = [int(n) for n in re.findall(r"\| (\d+) \|$", README, re.M)]
    assert stated == counts
    assert f"All: {sum(counts)} numbers." in README
    assert sum(counts) >= 150
