"""Training loss and held-out loss on fresh examples, and on few that come again."""

from collections.abc import Iterator
from functools import partial
from math import nan
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

import optimizers
import problems

from ...keeping.reading import Run
from ...measuring.build import Given
from ...measuring.oracle import Oracle
from ...measuring.program import Program, limits
from ...measuring.spending import NO_LIMITS
from ...measuring.targets import NO_TARGET
from ...planning.spec import Batch
from ...running.in_process import experiment
from ...statistics.intervals import interval
from ..claim import Number, Verdict, word
from ..draw import lines

STEPS = 1000
EARLY, LATE = slice(0, 200), slice(500, STEPS)
APART = 0.01
"""Over three standard errors of a held-out loss of about 0.3 on 19,900 examples."""
CONFIG = f"""
name = "online"
seeds = 10
every_step = true
budget = {{ steps = {STEPS} }}
[[problems]]
name = "logistic_regression"
rows = 20000
columns = 20
l2 = 1e-4
held_out = 0.995
[[optimizers]]
name = "sgd"
learning_rate = 0.3
[optimizers.grid]
batch = [{{ size = 20, stream = true }}, 20]
"""
FRESH, AGAIN = "fresh examples", "100 examples again and again"


class Losses(NamedTuple):
    """Of one trial, both before each step, float[steps].

    Attributes:
        training: Of the step's own batch.
        held_out: Of 19,900 other examples, interpolated between the steps seen.
    """

    training: NDArray
    held_out: NDArray


def judge(numbers: list[Number]) -> str:
    """On the stream both are the same to 0.01, or 0 is in the interval of the gap.

    And the test can tell: on the fixed set the gap's interval is above 0.1.
    """
    mine = [n for n in numbers if n.form == "as it stands"]
    streamed = [n for n in mine if n.predicted == 0]
    fixed = [n for n in mine if n.predicted != 0]
    same = bool(streamed) and all(n.agrees(0.0, APART) for n in streamed)
    return word(same and bool(fixed) and all(n.low > 10 * APART for n in fixed))


def run(full: bool, folder: Path | None) -> Verdict:
    """Follow SGD on logistic regression, streamed and on 100 examples, in float32."""
    del full, folder
    ran = experiment(CONFIG)
    streamed, fixed = (_losses(ran, stream) for stream in (True, False))
    numbers = [
        _gap(FRESH, streamed, EARLY, 0.0),
        _gap(FRESH, streamed, LATE, 0.0),
        _gap(AGAIN, fixed, LATE, nan),
        *_levels(FRESH, streamed),
        *_levels(AGAIN, fixed),
    ]
    return Verdict(
        judge(numbers),
        _finding(numbers),
        numbers,
        partial(_draw, streamed[0], fixed[0]),
    )


def _losses(ran: Run, stream: bool) -> list[Losses]:
    """Return the losses of each seed, the trials' steps being taken once more."""
    mine = [r for r in ran.records if r["batch"]["stream"] == stream]
    traces = [ran.trace(record["key"]) for record in mine]
    every = np.arange(STEPS)
    return [
        Losses(training, np.interp(every, trace.step, trace.held_out_loss))
        for training, trace in zip(_training(mine), traces, strict=True)
    ]


def _training(records: list[dict[str, Any]]) -> Iterator[NDArray]:
    """Yield the loss of each step's batch before the step, float[steps], by trial."""
    problem = _made(problems, records[0]["problem"])
    sgd = _made(optimizers, records[0]["optimizer"])
    given = Given(sgd, Oracle(batch=Batch(**records[0]["batch"])))
    starts = [problem.init(jax.random.key(record["seed"])) for record in records]
    program = Program(given, (), problem, starts[0])
    program.compile()
    bounds = limits(STEPS, NO_TARGET, NO_LIMITS, program.dtype)
    for start, record in zip(starts, records, strict=True):
        carry = program.start(start, record["seed"])
        yield program(problem, (), carry, bounds).losses(program.dtype)


def _made(package: Any, named: dict[str, Any]) -> Any:
    return package.make(named["name"], **named["settings"])


def _gap(what: str, trials: list[Losses], steps: slice, predicted: float) -> Number:
    gaps = [np.mean(t.held_out[steps] - t.training[steps]).item() for t in trials]
    words = f"held-out loss less training loss, {what}, {_words(steps)}"
    return Number("as it stands", words, predicted, *interval(gaps)[:3])


def _levels(what: str, trials: list[Losses]) -> list[Number]:
    means = np.mean([[losses[LATE] for losses in trial] for trial in trials], axis=2)
    return [
        Number(
            "beside", f"{name} loss, {what}, {_words(LATE)}", nan, *interval(seen)[:3]
        )
        for name, seen in zip(("training", "held-out"), means.T, strict=True)
    ]


def _words(steps: slice) -> str:
    return f"steps {steps.start} to {steps.stop}"


def _finding(numbers: list[Number]) -> str:
    early, late, fixed = numbers[:3]
    return (
        f"On fresh examples the held-out loss is {early.measured:+.3f} and "
        f"{late.measured:+.3f} from the mean training loss of batches before their "
        f"step, early and late; on 100 examples that come again it ends "
        f"{fixed.measured:+.2f} from it."
    )


def _draw(streamed: Losses, fixed: Losses, figure: Any) -> None:
    block = 20
    at = np.arange(block / 2, STEPS, block)
    curves = {
        f"{name}, {data}": (at, losses.reshape(-1, block).mean(1))
        for data, trial in {"fresh": streamed, "100 again": fixed}.items()
        for name, losses in zip(("training", "held out"), trial, strict=True)
    }
    lines(figure, curves, f"step, means over {block}", "loss")
