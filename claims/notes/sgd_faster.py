"""Cost to a target with all examples, with one, and with a hundred per step."""

from collections.abc import Iterator

import bench

from .. import Check, Evidence, Form, above, claim, lines, stacked
from ..tuning import at_best, costs

K = 'schedule = "one_over_k"'
CONFIG = f"""
name = "sgd-faster"
seeds = 10
budget.seconds = 2
problems = [{{ name = "logistic_regression", columns = 20, condition = 10.0 }}]
optimizers = [
  {{ name = "sgd", label = "all", grid.learning_rate = [4.0, 8.0, 12.0] }},
  {{ name = "sgd", label = "one", grid.learning_rate = [0.03,
    {{ {K}, init_value = 0.3, tau = 100.0 }}, {{ {K}, init_value = 1.0, tau = 100.0 }},
  ], batch = {{ size = 1, replace = true }} }},
  {{ name = "sgd", label = "a hundred", grid.learning_rate = [3.0,
    {{ {K}, init_value = 4.0, tau = 30.0 }}, {{ {K}, init_value = 4.0, tau = 100.0 }},
  ], batch = {{ size = 100, replace = true }} }},
]
"""
LARGE = 250_000
CASES = ((1_000, 1e-2), (LARGE, 1e-2), (LARGE, 1e-3))
"""Training examples, and the suboptimality to reach."""
FULL_CASES = (*CASES, (1_000_000, 1e-2), (1_000_000, 1e-3))
FORMS: dict[str, Form] = {"one": "as it stands", "a hundred": "repaired"}


@claim(
    source="notes",
    sentence="Stochastic gradient descent beats batch gradient descent on large data.",
    condition="a step sees a hundred examples, not one, where it is seconds that count",
)
def sgd_faster(full: bool) -> Evidence:
    """Run a logistic regression of 20 columns and condition 10, in float32."""
    checks, races = [], {}
    for rows, left in FULL_CASES if full else CASES:
        sets = f"rows={rows * 5 // 4}", f"target.suboptimality={left}"
        at = [f"problems.0.{each}" for each in sets]
        races[rows, left] = at_best(CONFIG, *at, cost="steps")
        checks += _ratios(rows, left, races[rows, left])
    traces = races[LARGE, 1e-3].traces.query("seed == 0 and step > 0")
    first = {f"{n} a step": t for n, t in traces.groupby("optimizer", sort=False)}
    y = f"suboptimality, {LARGE // 1000}K"
    panels = [
        lines({n: (t[x], t.suboptimality) for n, t in first.items()}, x, y, x_log=True)
        for x in ("examples", "seconds")
    ]
    return Evidence(checks, stacked(*panels))


def _ratios(rows: int, left: float, run: bench.Run) -> Iterator[Check]:
    """Compare costs with all examples to those with few."""
    for label, form in FORMS.items():
        for cost in ("examples", "seconds"):
            ratio = costs(run, "all", cost) / costs(run, label, cost)
            what = f"{cost} to {left:g} with all of {rows:,} over those with {label}"
            decides = form if rows >= LARGE else "beside"
            yield Check(what, ratio, above(1), decides, "times")
