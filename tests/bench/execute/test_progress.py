"""What a terminal shows while a run goes."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from bench.core.records import TrialRecord
from bench.core.spec import Named, Spec
from bench.execute.progress import (
    Bar,
    Lines,
    ending,
    of_trial,
    reporter,
    title,
)
from bench.execute.time_left import Unit

SPEC = Spec(
    Named("quadratic"),
    Named("sgd", {"learning_rate": 0.1}),
    label="gradient descent of a very long name indeed",
    problem_label="quadratic",
)
FAILED = TrialRecord(SPEC, "failed", "the Hessian is singular", steps=3, seconds=0.25)


TRIAL = of_trial(SPEC)


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def spend(self, report, unit, seconds):
        """Run a unit for some seconds."""
        with report.during(unit):
            self.now += seconds


def shown(width):
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width, color_system=None)
    clock = Clock()
    with Bar(console, clock) as bar:
        bar.planned([TRIAL, TRIAL])
        bar.started(SPEC)
        clock.now += 3700.0
        bar.progress(0.5)
        bar.finished(SPEC, FAILED)
        bar.started(SPEC)
    return out.getvalue()


def bars(width):
    lines = [line.rstrip() for line in shown(width).splitlines()]
    return [line for line in lines if "trials 1/2" in line]


def test_the_bar_fits_into_a_line():
    assert bars(80)
    assert "left, trials 1/2 quadratic gradient" in bars(80)[-1]
    assert bars(80)[-1].endswith("…")


def test_the_bar_shows_the_time_left():
    [hours, minutes, seconds] = bars(200)[-1].split(" left,")[0].split()[-1].split(":")
    assert (len(minutes), len(seconds)) == (2, 2)
    left = 3600 * int(hours) + 60 * int(minutes) + int(seconds)
    assert 300 < left < 7400  # of a second trial like the first


def test_the_bar_names_what_is_done():
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=90, color_system=None)
    with Bar(console, Clock()) as bar:
        units = [Unit("program", "digits", name) for name in ("adam", "sgd", "lion")]
        bar.planned([*units, TRIAL])
        for unit in units[:2]:
            bar.began(unit)
        bar.ended(units[0])
    assert "left, making programs 1/3 digits sgd" in out.getvalue()


def test_a_failure_is_said_above_the_bar():
    assert "failed, 0.25 s, 3 steps, the Hessian is singular" in shown(200)


def test_a_log_gets_a_line_a_trial(capsys):
    report = reporter()  # stderr is no terminal here
    assert isinstance(report, Lines)
    report.planned([TRIAL] * 12)
    report.started(SPEC)
    report.progress(0.5)
    report.finished(SPEC, FAILED)
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"[ 1/12] {ending(SPEC, FAILED)}\n"


def test_a_log_gets_a_line_for_a_long_phase_and_one_each_minute(capsys):
    clock = Clock()
    report = Lines(clock)
    programs = [Unit("program", "quadratic", name) for name in ("sgd", "adam")]
    tasks = [Unit("tuning", "quadratic", f"optimizer {i}") for i in range(4)]
    report.planned([*programs, *tasks, TRIAL])
    for unit in programs:
        clock.spend(report, unit, 2.0)
    for unit in tasks:
        clock.spend(report, unit, 45.0)
    report.began(TRIAL)
    lines = capsys.readouterr().err.splitlines()
    said = [line.partition(", about ")[0] for line in lines]
    assert said == [
        "making programs 2/2 in 4 s",
        "tuning 2/4",
        "tuning 4/4",
        "tuning 4/4 in 180 s",
    ]


def test_a_quick_phase_gets_no_line(capsys):
    clock = Clock()
    report = Lines(clock)
    certificate = Unit("certificate", "quadratic")
    report.planned([certificate, TRIAL])
    clock.spend(report, certificate, 0.5)
    report.began(TRIAL)
    assert capsys.readouterr().err == ""


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


def test_of_optimizers_and_schedules_in_settings_a_line_has_the_names():
    adam = {"name": "adam", "learning_rate": {"schedule": "cosine", "decay_steps": 9}}
    clip = {"name": "optax.clip", "max_delta": 1.0}
    chain = Named("chain", {"transforms": [clip, adam], "learning_rate": adam})
    words = title(replace(SPEC, optimizer=chain, label="chain"))
    assert "transforms=[optax.clip, adam] learning_rate=adam seed" in words
    assert "{" not in words
