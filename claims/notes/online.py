"""Training loss and held-out loss on fresh examples, and on few repeated ones."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

import optimizers
import problems
from bench import Batch

from .. import Check, Evidence, above, claim, lines, near
from ..descent import descend

PROBLEM = {"rows": 20_000, "columns": 20, "l2": 1e-4, "held_out": 0.995}
STEPS, BLOCK, LATE = 1000, 20, (500, 1000)
SAME = near(0, abs=0.01)
"""Over three standard errors of a held-out loss of about 0.3 on 19,900 examples."""
CASES = {
    "fresh examples": (Batch(20, stream=True), {(0, 200): SAME, LATE: SAME}),
    "100 examples repeated": (Batch(20), {LATE: above(0.1)}),  # the test can tell
}


@claim(
    source="notes",
    sentence="With a stream of fresh examples the training loss is the generalisation "
    "loss.",
)
def online() -> Evidence:
    """Run SGD on logistic regression, streamed and on 100 examples, in float32."""
    checks, curves, at = [], {}, np.arange(BLOCK / 2, STEPS, BLOCK)
    for data, (batch, criteria) in CASES.items():
        training, held_out = losses(batch)
        for (first, last), criterion in criteria.items():
            gaps = (held_out - training)[:, first:last].mean(axis=1)
            what = f"held-out loss less training loss, {data}, steps {first} to {last}"
            checks.append(Check(what, gaps, criterion))
        for name, seeds in {"training": training, "held-out": held_out}.items():
            what = f"{name} loss, {data}, steps {LATE[0]} to {LATE[1]}"
            checks.append(Check(what, seeds[:, slice(*LATE)].mean(axis=1)))
            curves[f"{name}, {data}"] = at, seeds[0].reshape(-1, BLOCK).mean(axis=1)
    return Evidence(checks, lines(curves, f"step, means over {BLOCK}", "loss"))


def losses(batch: Batch) -> NDArray:
    """Return losses of the batch and of held-out examples, float[2, seeds, steps]."""
    problem: Any = problems.make("logistic_regression", **PROBLEM)

    def see(objective: Any, before: Any, *_: Any) -> tuple[Any, Any]:
        return objective(before), problem.loss(before, problem.held_out)

    return np.array(descend(problem, optimizers.sgd(0.3), STEPS, see, batch=batch)[1])
