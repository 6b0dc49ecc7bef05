"""A run whose costs cross, for profiles and break-even prices."""

import pytest

from bench.report.groups import Results
from bench.report.plots.style import line_styles
from bench.store.run import load

from ...synthetic_run import Course, write_run
from ..races import FEW, MANY, SLOW


@pytest.fixture(scope="package")
def crossing(tmp_path_factory):
    """Three optimizers on two problems, seven seeds; one has few steps."""
    courses = [Course(steps=100), Course("valley", steps=30)]
    folder = tmp_path_factory.mktemp("crossing")
    return Results(load(write_run(folder, courses, [FEW, MANY, SLOW], seeds=7)))


@pytest.fixture
def styles():
    return line_styles(racer.label for racer in (FEW, MANY, SLOW))
