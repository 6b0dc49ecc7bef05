"""Examples a second, and cost to a target, against the examples of a step."""

from collections.abc import Iterator
from functools import partial
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...keeping.reading import Run
from ...measuring.lab import Lab
from ...running.in_process import experiment
from ...statistics.intervals import interval
from ..claim import Number, Verdict, word
from ..draw import lines
from ..race import SEEDS, cost, race

SIZES = (1, 10, 20, 100, 1000)
LEAST, MOST, DECISIVE = 2, 10, 100
NET = """
[[problems]]
name = "mlp"
label = "64-100-10 network"
dataset = "digits"
hidden = [100]
"""
THROUGHPUT = f"""
name = "examples-a-second"
seeds = {SEEDS}
budget = {{ seconds = 0.05 }}
{NET}
[[problems]]
name = "logistic_regression"
label = "logistic regression of 20"
[[optimizers]]
name = "sgd"
learning_rate = 0.01
grid = {{ batch = {list(SIZES)} }}
"""
_ENTRIES = "".join(
    f"""
[[optimizers]]
name = "sgd"
label = "{size}"
batch = {size}
grid = {{ learning_rate = [0.02, 0.06, 0.2, 0.6] }}
"""
    for size in SIZES
)
RACE = f"""
name = "cost-to-target"
budget = {{ seconds = 2, target = {{ loss = 0.1 }} }}
{NET}
{_ENTRIES}
"""


def judge(numbers: list[Number]) -> str:
    """At B = 100 the seconds of an example are 2 to 10 times fewer than at B = 1.

    On every problem, with the whole interval between the two; repaired, above 2.
    """
    stands = [n for n in numbers if n.form == "as it stands"]
    repaired = [n for n in numbers if n.form == "repaired"]
    return word(
        bool(stands) and all(n.low >= LEAST and n.high <= MOST for n in stands),
        bool(repaired) and all(n.low >= LEAST for n in repaired),
        "10 times is not the most",
    )


def run(full: bool, folder: Path | None) -> Verdict:
    """Step on all sizes in turn, in float32, and race them to a loss of 0.1."""
    del full, folder
    lab = Lab()
    seconds = _seconds(experiment(THROUGHPUT, lab=lab))
    raced = race(RACE, lab=lab)
    numbers = [n for problem, each in seconds.items() for n in _faster(problem, each)]
    numbers += [n for what in ("examples", "seconds") for n in _costs(raced, what)]
    return Verdict(
        judge(numbers),
        _finding(numbers, raced),
        numbers,
        partial(_draw, seconds, raced),
    )


def _seconds(run: Run) -> dict[str, dict[int, NDArray]]:
    """Return seconds an example, float[seeds], by problem and size of the batch."""
    found: dict[str, dict[int, NDArray]] = {}
    trials = run.trials.sort_values("seed")
    trials = trials.assign(each=trials.seconds / trials.examples)
    groups: Any = trials.groupby(["problem_label", "batch.size"])
    for (problem, size), mine in groups:
        found.setdefault(problem, {})[int(size)] = mine.each.to_numpy()
    return found


def _faster(problem: str, each: dict[int, NDArray]) -> Iterator[Number]:
    for size in SIZES[1:]:
        seen = interval(each[1] / each[size])[:3]
        what = f"examples a second at B = {size} over those at 1, {problem}"
        if size == DECISIVE:
            yield Number("as it stands", what, nan, *seen, "times")
            yield Number("repaired", what, nan, *seen, "times")
        else:
            yield Number("beside", what, nan, *seen, "times")


def _costs(run: Run, what: str) -> Iterator[Number]:
    """Yield costs to the target, which is looked for at eight steps a decade."""
    for size in SIZES:
        seen = interval(cost(run, str(size), what))[:3]
        words = f"{what} to a training loss of 0.1 at B = {size}, network"
        yield Number("beside", words, nan, *seen, "s" if what == "seconds" else "")


def _finding(numbers: list[Number], raced: Run) -> str:
    decisive = [n for n in numbers if n.form == "as it stands"]
    said = " and ".join(
        f"{n.measured:.3g} [{n.low:.3g}, {n.high:.3g}] times on the "
        f"{n.what.split(', ')[-1]}"
        for n in decisive
    )
    best = {
        what: min(SIZES, key=lambda b: np.median(cost(raced, str(b), what)))
        for what in ("seconds", "examples")
    }
    return (
        f"Examples pass {said} faster in batches of {DECISIVE} than one at a time. The "
        f"network gets to a loss of 0.1 on the fewest examples at B = "
        f"{best['examples']}, and in the fewest seconds at B = {best['seconds']}."
    )


def _draw(seconds: dict[str, dict[int, NDArray]], raced: Run, figure: Any) -> None:
    above, below = figure.subfigures(2, 1)
    rates = {
        problem: (SIZES, [1 / np.median(each[size]) for size in SIZES])
        for problem, each in seconds.items()
    }
    style: Any = {"x_log": True, "dots": True}
    lines(above, rates, "examples a step, B", "examples a second", **style)
    costs = {
        what: np.array([np.median(cost(raced, str(size), what)) for size in SIZES])
        for what in ("examples", "seconds")
    }
    curves = {
        f"{what} to a loss of 0.1": (SIZES, y / y[0]) for what, y in costs.items()
    }
    lines(below, curves, "examples a step, B", "cost over that at B = 1", **style)
