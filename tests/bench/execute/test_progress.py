"""What a terminal shows while a run goes."""

import io

from rich.console import Console

from bench.core.spec import Named, Spec
from bench.execute.progress import Bar

SPEC = Spec(
    Named("quadratic"),
    Named("sgd", {"learning_rate": 0.1}),
    label="gradient descent of a very long name indeed",
    problem_label="quadratic",
)


def shown(width):
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width, color_system=None)
    with Bar(2, console) as bar:
        bar.started(SPEC)
        bar.progress(SPEC, 0.5)
        bar.finished(SPEC, {"end": "failed", "reason": "the Hessian is singular"})
    return out.getvalue()


def test_the_bar_fits_into_a_line():
    lines = [line.rstrip() for line in shown(80).splitlines()]
    bars = [line for line in lines if "1/2, left" in line]
    assert bars
    assert "quadratic gradient" in bars[-1]
    assert bars[-1].endswith("…")


def test_a_failure_is_said_above_the_bar():
    assert "failed, the Hessian is singular" in shown(200)
