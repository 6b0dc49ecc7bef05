"""What a terminal shows while a run goes."""

import io

import pytest
from rich.console import Console

from bench.core.records import TrialRecord
from bench.core.spec import Named, Spec
from bench.execute.progress import Bar, Lines, ending, reporter, title

SPEC = Spec(
    Named("quadratic"),
    Named("sgd", {"learning_rate": 0.1}),
    label="gradient descent of a very long name indeed",
    problem_label="quadratic",
)
FAILED = TrialRecord(SPEC, "failed", "the Hessian is singular", steps=3, seconds=0.25)


def shown(width):
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width, color_system=None)
    with Bar(2, console) as bar:
        bar.started(SPEC)
        bar.progress(SPEC, 0.5)
        bar.finished(SPEC, FAILED)
    return out.getvalue()


def test_the_bar_fits_into_a_line():
    lines = [line.rstrip() for line in shown(80).splitlines()]
    bars = [line for line in lines if "1/2, left" in line]
    assert bars
    assert "quadratic gradient" in bars[-1]
    assert bars[-1].endswith("…")


def test_a_failure_is_said_above_the_bar():
    assert "failed, 0.25 s, 3 steps, the Hessian is singular" in shown(200)


def test_a_log_gets_a_line_a_trial(capsys):
    report = reporter(12)  # stderr is no terminal here
    assert isinstance(report, Lines)
    report.started(SPEC)
    report.progress(SPEC, 0.5)
    report.finished(SPEC, FAILED)
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"[ 1/12] {ending(SPEC, FAILED)}\n"


ENDS = {
    "target": "target, 0.25 s, 3 steps, loss 0.5",
    "budget": "budget, 0.25 s, 3 steps, loss 0.5",
    "stalled": "stalled, 0.25 s, 3 steps, loss 0.5, so it is",
    "diverged": "diverged, 0.25 s, 3 steps, loss 0.5, so it is",
    "skipped": "skipped, 0.25 s, 3 steps, loss 0.5, so it is",
    "failed": "failed, 0.25 s, 3 steps, loss 0.5, so it is",
}


@pytest.mark.parametrize("end", ENDS)
def test_an_end_that_needs_a_reason_has_one(end):
    spent = {"steps": 3, "seconds": 0.25, "final_loss": 0.5}
    record = TrialRecord(SPEC, end, "so it is", **spent)
    assert ending(SPEC, record) == f"{title(SPEC)}: {ENDS[end]}"
