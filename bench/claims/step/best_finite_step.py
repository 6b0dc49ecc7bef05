"""What the best step of a given length costs, and what it gains on the gradient's."""

from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd

from ...keeping.reading import Run
from ...running.in_process import experiment
from ...statistics.intervals import interval
from ..claim import Form, Number, Verdict, word
from ..draw import lines
from .sphere import LOGISTIC, falls, sphere

SHARES = (0.01, 0.03, 0.1, 0.3, 1.0, 1.5)
"""Lengths η over the distance D from the start to the optimum."""
SEEDS = 10
LEFT = 1e-6
"""Of the fall from the start to the least loss, what may be left."""
METHODS = {"calculated_step": "exact line steps", "lbfgs": "L-BFGS"}
CONFIG = """
name = "steps"
seeds = {seeds}
dtype = "float64"
every_step = true
budget = {{ steps = 400, target = {{ suboptimality = 1e-9 }} }}
optimizers = [{{ name = "calculated_step" }}, {{ name = "lbfgs" }}{more}]
[[problems]]
{problem}
"""
BY_MODELS = ', { name = "trust_region_step", radius = 1.0 }'
WHOLE = "\n".join(
    ['name = "logistic_regression"', *(f"{key} = {x}" for key, x in LOGISTIC.items())]
)
SPHERES = f"""
name = "bench.claims.step.sphere:sphere"
grid.share = {list(SHARES)}
grid.start_seed = {list(range(SEEDS))}
"""
SETTING = "problem.settings."
GAINS = (
    "fall on the model by the gradient's step over the best's",
    "fall of the loss by the gradient's step over the best's",
    "fall of the loss by the model's best step over the best's",
)
CONDITION = "the step is as long as the way to the optimum, or longer"


def judge(numbers: list[Number]) -> str:
    """The best step costs at least half of the gradients that training does.

    Both by the same method, until 1e-6 of the fall from the start to the least loss (on
    the sphere, or anywhere) is left; with all of the interval. As the sentence stands
    at every length, as repaired at those from the distance to the optimum up.
    """

    def hard(form: Form) -> bool:
        ratios = [n.low for n in numbers if n.form == form]
        return bool(ratios) and all(low >= 1 / 2 for low in ratios)

    return word(hard("as it stands"), hard("repaired"), CONDITION)


def run(full: bool, folder: Path | None) -> Verdict:
    """Train a logistic regression, and find best steps from its starts, in float64."""
    del full, folder
    training = experiment(CONFIG.format(seeds=SEEDS, problem=WHOLE, more=BY_MODELS))
    spheres = experiment(CONFIG.format(seeds=1, problem=SPHERES, more=""))
    starts = training.trials.groupby("seed").start_loss.first()
    whole, steps = _gradients(training, starts), _gradients(spheres, starts)
    # a gradient more, which decides where on the sphere the search starts
    ratios = {share: (steps.loc[share] + 1) / whole.loc[0.0] for share in SHARES}
    with jax.enable_x64(True):
        gains = {share: _gains(share, spheres) for share in SHARES}
    numbers = [n for s in SHARES for n in _numbers(s, ratios[s], gains[s])]
    numbers += _calls(training)
    curves = partial(_draw, ratios, gains)
    return Verdict(judge(numbers), _finding(numbers), numbers, curves)


def _gradients(run: Run, starts: pd.Series) -> pd.DataFrame:
    """Gradients until no more is left: a row a length and start, a column a method.

    Of a whole training the length is 0 here. The fall is from the loss at the centre.
    """
    trials = run.trials.rename(columns=lambda name: name.removeprefix(SETTING))
    if "share" not in trials:
        trials = trials.assign(share=0.0, start_seed=trials.seed)
    allowed = LEFT * (trials.start_seed.map(starts) - trials.optimum)
    keys = run.traces.key.astype(str)
    enough = run.traces.suboptimality <= keys.map(allowed.set_axis(trials.key))
    first = run.traces.gradient.where(enough, np.inf).groupby(keys).min()
    trials = trials.assign(gradients=trials.key.map(first))
    return trials.pivot(
        index=["share", "start_seed"], columns="label", values="gradients"
    )


def _gains(share: float, spheres: Run) -> np.ndarray:
    """Falls over the best step's, float[seeds, 3], in the order of `GAINS`."""
    trials = spheres.trials[spheres.trials[SETTING + "share"] == share]
    least = trials.groupby(SETTING + "start_seed").optimum.first()
    rows = []
    for seed in range(SEEDS):
        start, model, true = falls(sphere(share=share, start_seed=seed))
        best = start - least[seed]
        rows.append((model[0] / model[1], true[0] / best, true[1] / best))
    return np.array(rows)


def _numbers(share: float, ratios: pd.DataFrame, gains: np.ndarray) -> list[Number]:
    forms: list[Form] = ["as it stands", "repaired"]
    what = f"gradients of the best step over training's, η = {share:g} D"
    numbers = [
        _seen(form, f"{what}, {said}", ratios[method])
        for method, said in METHODS.items()
        for form in forms[: 1 + (share >= 1)]
    ]
    return numbers + [
        _seen("beside", f"{what}, η = {share:g} D", values)
        for what, values in zip(GAINS, gains.T, strict=True)
    ]


def _seen(form: Form, what: str, values: Any) -> Number:
    return Number(form, what, np.nan, *interval(values)[:3])


def _calls(training: Run) -> list[Number]:
    """Count what a step of `trust_region_step` asks for, and such a training."""
    trials = training.trials[training.trials.label == "trust_region_step"]
    traces = training.traces
    one = traces[(traces.optimizer == "trust_region_step") & (traces.step == 1)]
    what = "of the best step on the quadratic model"
    hessians = trials["readings_to_target.hessian"]
    return [
        Number("beside", f"gradients {what}", 1, float(one.gradient.max())),
        Number("beside", f"Hessians {what}", 1, float(one.hessian.max())),
        _seen("beside", "Hessians of a training by such steps, ‖s‖ <= 1", hessians),
    ]


def _finding(numbers: list[Number]) -> str:
    def told(share: float) -> str:
        end = f"over training's, η = {share:g} D"
        mine = [n for n in numbers if n.form == "as it stands" and end in n.what]
        return " and ".join(f"{n.measured:.2f}" for n in mine)

    shares = ", ".join(f"{told(share)} at {share:g}" for share in (0.01, 0.3, 1.0))
    gain = {n.what: n.measured for n in numbers}
    gradient, model = (gain[f"{what}, η = 0.3 D"] for what in GAINS[1:])
    return (
        f"By {' and '.join(METHODS.values())} the best step costs, over training, "
        f"{shares} of the distance D to the optimum. On the quadratic model it costs "
        f"one gradient and one Hessian; at 0.3 D that step brings {model:.1%} of the "
        f"best one's fall, the gradient's {gradient:.1%}."
    )


def _draw(ratios: dict, gains: dict, figure: Any) -> None:
    costs = {
        f"cost of the best, {said},\nover training's": [
            np.median(ratios[share][method]) for share in SHARES
        ]
        for method, said in METHODS.items()
    }
    gradient, model = np.median([gains[s][:, 1:] for s in SHARES], axis=1).T
    steps = {
        "fall by the gradient's step,\nover the best's": gradient,
        "fall by the model's best step,\nover the best's": model,
    }
    curves = {name: (SHARES, curve) for name, curve in (costs | steps).items()}
    labels = ("step length η / distance D to the optimum", "ratio")
    axes = lines(figure, curves, *labels, x_log=True, y_log=False, dots=True)
    axes.set_ylim(bottom=0)
