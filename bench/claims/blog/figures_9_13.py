"""The blog's figures 9 to 13, as they were published and made fair."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import nan
from pathlib import Path

import numpy as np

from ...keeping.reading import Run
from ...statistics.intervals import Interval, interval
from ..claim import Form, Number, Verdict, word
from .figures_drawn import draw
from .more_descent import (
    Curves,
    as_published,
    at_equal_cost,
    costs,
    in_the_end,
    over,
    published,
    tuned,
)

FIGURES = ["figure_9", "figure_10", "figure_11", "figure_12"]
FIGURES += ["figure_13a_width_10", "figure_13b"]
FAIR = ["figures_9_and_10_fair", "figure_13b_fair"]
FULL = ["figure_9_five_hidden", "figure_13a_width_20"]
FULL_FAIR = ["figure_11_fair", "figure_12_fair"]
FULL_FAIR += ["figure_13a_width_10_fair", "figure_13a_width_20_fair"]
PLAIN = ["KS_50_0", "KS_10_0"]
STEPPING = [*PLAIN, "KS_50_2", "KS_10_2"]
FIELD = ["SGD", "KS_50_0", "keep stepping", "impatient stepping"]
FIELD += ["keep vaulting", "calculated step"]
CONDITION = "scale_i is 0 and the rival is SGD, not Adam"


def judge(numbers: Sequence[Number]) -> str:
    """All of KS below SGD, and the best of KS below Adam, on every figure.

    Losses are compared at the largest cost that both have paid, as published: a
    gradient counts as three forward passes, and every method pays one more a step.
    Their ratio is to be below the predicted bound. Repaired, only those without
    impatience, and against SGD alone.
    """

    def below(form: Form) -> bool:
        mine = [n for n in numbers if n.form == form]
        return bool(mine) and all(n.measured < n.predicted for n in mine)

    return word(below("as it stands"), below("repaired"), CONDITION)


def run(full: bool, folder: Path | None) -> Verdict:
    """Run the configs; unless `full` on 1,000 examples, and not each of them."""
    del folder
    runs = {name: published(name, full) for name in FIGURES + full * FULL}
    calls = {_problem(run): as_published(run) for run in runs.values()}
    clock = {_problem(run): as_published(run, seconds=True) for run in runs.values()}
    fair = {_problem(r): r for r in (tuned(n, full) for n in FAIR + full * FULL_FAIR)}
    numbers = [n for problem, c in calls.items() for n in _figure(problem, c)]
    numbers += [n for problem, c in clock.items() for n in _on_clock(problem, c)]
    numbers += _for_nothing(calls["figure 9"])
    numbers += _rates(calls["figure 9"], calls["figure 10"])
    numbers += [n for problem, run in fair.items() for n in _tuned(problem, run)]
    numbers += _hessian(clock["figure 13b"], fair["figure 13b"])
    drawn = {problem: over_adam(run) for problem, run in fair.items()}
    told = _finding(numbers, calls, fair)
    return Verdict(judge(numbers), told, numbers, partial(draw, calls, drawn))


def _problem(run: Run) -> str:
    return run.records[0]["problem_label"]


def _figure(problem: str, curves: Curves) -> Iterator[Number]:
    """Compare at equal cost, and rank."""
    stepping = max(over(curves, label, "SGD") for label in STEPPING)
    plain = max(over(curves, label, "SGD") for label in PLAIN)
    best = min(over(curves, label, "Adam") for label in STEPPING)
    over_sgd, over_adam = "loss over SGD's", "loss over Adam's"
    yield Number("as it stands", f"{problem}: worst of KS, {over_sgd}", 1.0, stepping)
    yield Number("repaired", f"{problem}: worst of KS_*_0, {over_sgd}", 1.0, plain)
    yield Number("as it stands", f"{problem}: best of KS, {over_adam}", 1.0, best)
    for when, ranked in (("at equal cost", at_equal_cost), ("in the end", in_the_end)):
        place = 1 + min(map(ranked(curves).index, STEPPING))
        yield Number("beside", f"{problem}: rank of the best of KS {when}", nan, place)


def _on_clock(problem: str, curves: Curves) -> Iterator[Number]:
    """Compare on the suite's clock, where no forward pass is made for nothing."""
    worst = max(over(curves, label, "SGD") for label in PLAIN)
    best = min(over(curves, label, "Adam") for label in STEPPING)
    what = f"{problem}, on the clock"
    yield Number("beside", f"{what}: worst of KS_*_0, loss over SGD's", 1.0, worst)
    yield Number("beside", f"{what}: best of KS, loss over Adam's", 1.0, best)


def _for_nothing(curves: Curves) -> Iterator[Number]:
    """What the forward pass a step that nobody needs adds to the bill."""
    for label in ("SGD", "KS_50_0", "KS_50_2"):
        share = len(curves[label].cost) / curves[label].cost[-1]
        what = f"figure 9: share of {label}'s cost that is a pass a step for nothing"
        yield Number("beside", what, nan, share)


def _rates(large: Curves, small: Curves) -> Iterator[Number]:
    """Compare 1e-4, said to be "smoother but slower", with 1e-3."""
    slower = [small[label].loss[-1] > large[label].loss[-1] for label in large]
    what = "share of the field that ends higher at 1e-4 than at 1e-3"
    yield Number("beside", what, 1.0, float(np.mean(slower)))
    for rate, curves in (("1e-3", large), ("1e-4", small)):
        what = f"most that a loss rises in all at {rate}, over the start's"
        yield Number("beside", what, nan, max(c.rises() for c in curves.values()))


def _tuned(problem: str, run: Run) -> Iterator[Number]:
    for cost in ("forward_equivalents", "seconds"):
        for label, ratio in over_adam(run, cost).items():
            what = f"{problem}, fair: {label} over Adam, {cost.replace('_', ' ')}"
            yield Number("beside", what, nan, *ratio[:3])


def over_adam(run: Run, cost: str = "forward_equivalents") -> dict[str, Interval]:
    """Return what 1 % of the variance costs over Adam's cost, paired by seed."""
    adam = costs(run, "Adam", cost)
    return {label: interval(costs(run, label, cost) / adam) for label in FIELD}


def _hessian(curves: Curves, run: Run) -> Iterator[Number]:
    """Compare the Hessian step, said to be "the fastest of all" on figure 13b."""
    what = "figure 13b{}: seconds of the Hessian step to 1 % over the fastest other's"
    first = {label: curve.first_below(1.0) for label, curve in curves.items()}
    ratio = first.pop("Hessian") / min(first.values())
    yield Number("beside", what.format(", as published"), 1.0, ratio)
    others = {record["label"] for record in run.records} - {"Hessian"}
    fastest = np.min([costs(run, label, "seconds") for label in others], axis=0)
    ratios = interval(costs(run, "Hessian", "seconds") / fastest)
    yield Number("beside", what.format(", fair"), 1.0, *ratios[:3])


def _finding(
    numbers: Sequence[Number], calls: Mapping[str, Curves], fair: Mapping[str, Run]
) -> str:
    def count(form: Form, rival: str) -> str:
        end = f"loss over {rival}'s"
        mine = [n for n in numbers if n.form == form and n.what.endswith(end)]
        return f"{sum(n.measured < n.predicted for n in mine)} of {len(mine)}"

    equal = _grouped({problem: at_equal_cost(c)[0] for problem, c in calls.items()})
    ends = _grouped({problem: in_the_end(c)[0] for problem, c in calls.items()})
    cheapest = _grouped({problem: _cheapest(run) for problem, run in fair.items()})
    return (
        "At equal cost, as published, the worst of KS is below SGD on "
        f"{count('as it stands', 'SGD')} figures, without impatience on "
        f"{count('repaired', 'SGD')}, and the best of KS below Adam on "
        f"{count('as it stands', 'Adam')}. Lowest at equal cost: {equal}; in the end: "
        f"{ends}. Each at its own learning rate, cheapest to 1 % of the variance: "
        f"{cheapest}."
    )


def _grouped(winners: Mapping[str, str]) -> str:
    return "; ".join(
        f"{winner} ({', '.join(p for p in winners if winners[p] == winner)})"
        for winner in dict.fromkeys(winners.values())
    )


def _cheapest(run: Run) -> str:
    labels = list(dict.fromkeys(record["label"] for record in run.records))
    medians = {label: float(np.median(costs(run, label))) for label in labels}
    return min(labels, key=lambda label: (np.isnan(medians[label]), medians[label]))
