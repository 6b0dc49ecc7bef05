"""Both forms of momentum side by side, from one start and on the same batches."""

from functools import cache, partial
from pathlib import Path

import jax
import numpy as np
import optax

import optimizers
import problems

from ...running.single import measure
from ..claim import Number, Verdict, by_agreement
from ..draw import lines

DECAYS = (0.5, 0.9)
RATE = 2.0
STEPS = 100

judge = partial(by_agreement, relative=0.0, absolute=1e-10)


def run(full: bool, folder: Path | None) -> Verdict:
    """Compare losses of logistic regression, full batch and batches of 20, float64."""
    del full, folder
    with jax.enable_x64(True):
        numbers = [_difference("as it stands", d, 1 - d, None) for d in DECAYS]
        numbers.append(_difference("as it stands", 0.9, 0.1, 20))
        numbers.append(_difference("beside", 0.9, 1.0, None))
        average = _losses(optimizers.make("momentum", **_average(0.9)))
        debiased = _losses(optax.chain(optax.ema(0.9, debias=True), optax.scale(-RATE)))
        ball = _losses(optimizers.make("momentum", learning_rate=0.1 * RATE, decay=0.9))
    what = "debiased average against heavy ball at (1 - α) ε, α = 0.9"
    numbers.append(Number("beside", what, np.nan, _apart(debiased, ball)))
    worst = max(n.measured for n in numbers if n.form == "as it stands")
    return Verdict(
        judge(numbers),
        f"Over {STEPS} steps the losses of the two forms differ by at most "
        f"{worst:.1e} of themselves in float64, with batches too; with equal learning "
        f"rates by {numbers[3].measured:.2g}, and with the average debiased by "
        f"{numbers[4].measured:.2g}.",
        numbers,
        lambda figure: lines(
            figure,
            {"average, ε": average, "average debiased, ε": debiased},
            "step",
            "training loss",
            dashed={"heavy ball, (1 - α) ε": ball},
        ),
    )


def _difference(form, decay: float, share: float, batch: int | None) -> Number:
    """The largest |difference| of losses over the loss; `share` scales the ball's ε."""
    average = optimizers.make("momentum", **_average(decay))
    ball = optimizers.make("momentum", learning_rate=share * RATE, decay=decay)
    apart = _apart(_losses(average, batch), _losses(ball, batch))
    data = "full batch" if batch is None else f"batches of {batch}"
    what = f"average against heavy ball at {share:.2g} ε, α = {decay:g}, {data}"
    return Number(form, what, 0.0 if form == "as it stands" else np.nan, apart)


def _average(decay: float) -> dict:
    return {"learning_rate": RATE, "decay": decay, "form": "average"}


def _losses(optimizer, batch: int | None = None) -> np.ndarray:
    given = batch and {"size": batch, "replace": True}
    trace = measure(_problem(), optimizer, steps=STEPS, batch=given)
    return trace.loss.to_numpy()


@cache
def _problem() -> problems.Problem:
    settings = {"rows": 200, "columns": 5, "l2": 0.01, "dtype": "float64"}
    return problems.make("logistic_regression", **settings)


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.max(np.abs(one - other) / other))
