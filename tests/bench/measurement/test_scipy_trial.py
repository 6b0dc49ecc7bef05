"""SciPy's methods as trials: the same meter, the same ends, the same tables."""

import sys

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der, rosen_hess

import bench
from bench.config.read import checked
from bench.core.errors import ConfigError
from bench.core.spec import Batch, Budget, Named, Spec, Target
from bench.measurement.runtime import SpecTrial
from bench.report.groups import Results
from bench.report.summary import summarize

VALLEY = Named("rosenbrock", {"dimension": 5})
START = np.array([-1.2, 1.0, -1.2, 1.0, -1.2])


def trial(runtime, method, budget, **more):
    spec = Spec(VALLEY, Named(f"scipy.{method}"), budget, dtype="float64", **more)
    return SpecTrial(runtime, spec).run()


@pytest.mark.parametrize(
    ("method", "second"), [("L-BFGS-B", {}), ("trust-exact", {"hess": rosen_hess})]
)
def test_a_trial_makes_scipys_moves_and_calls(runtime, method, second):
    record, rows = trial(runtime, method, Budget(steps=12))
    points = []

    def both(x):
        points.append(x)
        return rosen(x), rosen_der(x)

    options = {"maxiter": 12, "gtol": 0.0}
    given = {"jac": True, "method": method, "options": options}
    result = minimize(both, START, **given, **second)
    assert (record.end, record.steps) == ("budget", result.nit) == ("budget", 12)
    assert record.final_loss == pytest.approx(result.fun, rel=1e-6)
    assert record.readings["gradient"] == len(points)
    assert record.readings["hessian"] == result.get("nhev", 0)
    assert [row["step"] for row in rows] == list(range(13))
    assert rows[0]["loss"] == pytest.approx(rosen(START))
    assert np.all(np.diff([row["seconds"] for row in rows]) > 0)


@pytest.mark.parametrize(
    ("method", "options"),
    [("Nelder-Mead", {}), ("COBYLA", {"tol": sys.float_info.epsilon})],
)
def test_a_method_without_gradients_asks_for_values_alone(runtime, method, options):
    record, rows = trial(runtime, method, Budget(steps=15))
    called, seen = [], []

    def value(x):
        called.append(rosen(x))
        return called[-1]

    def step(intermediate_result):
        seen.append((len(called), intermediate_result.fun))
        if len(seen) == 15:
            raise StopIteration

    minimize(value, START, method=method, callback=step, options=options)
    assert (record.end, record.steps) == ("budget", 15)
    asked = {kind: calls for kind, calls in record.readings.items() if calls}
    assert asked == {"forward": len(called)}
    assert [row["forward"] for row in rows[1:]] == [calls for calls, _ in seen]
    assert [row["loss"] for row in rows[1:]] == pytest.approx(
        [fun for _, fun in seen],
        rel=1e-2,  # COBYLA amplifies rounding
    )
    assert rows[0]["loss"] == pytest.approx(rosen(START))


@pytest.mark.parametrize("method", ["Nelder-Mead", "COBYLA"])
def test_a_method_without_gradients_meets_its_target(runtime, method):
    record, rows = trial(runtime, method, Budget(target=Target(loss=1.0)))
    assert record.end == "target"
    assert rows[-1]["loss"] <= 1.0 < rows[-2]["loss"]
    assert record.targets[0].readings["forward"] == rows[-1]["forward"]


def test_a_simplex_of_too_many_parameters_is_skipped(runtime):
    problem = Named("quadratic", {"dimension": 1001})
    spec = Spec(problem, Named("scipy.Nelder-Mead"), Budget(steps=1))
    record, _ = SpecTrial(runtime, spec).run()
    assert record.end == "skipped"
    assert "1,001 parameters need a simplex of 1,002 points" in record.reason


def test_it_ends_at_its_target_or_where_scipy_can_do_no_more(runtime):
    record, rows = trial(runtime, "L-BFGS-B", Budget(target=Target(suboptimality=1e-3)))
    assert record.end == "target"
    assert rows[-1]["loss"] <= 1e-3 < rows[-2]["loss"]
    assert record.seconds_to_target == rows[-1]["seconds"]
    assert record.targets[0].steps == record.steps
    record, _ = trial(runtime, "trust-exact", Budget(steps=1000, seconds=5.0))
    assert record.end in ("stalled", "budget")
    assert record.final_loss < 1e-12


LEFT = """
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np

from problems import Examples


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Start:
    train: Examples
    held_out: Examples | None
    at: float = field(metadata={"static": True})

    def init(self, key):
        return jnp.full(3, self.at)

    def loss(self, params, examples):
        return jnp.sum(params - jnp.log(params) / 10)

    def optimum(self):
        return None


def start(at: float = 1.0):
    none = Examples(np.zeros((0, 0), np.float32), np.zeros((0,), np.float32))
    return Start(none, None, at)
"""
AT_THE_MINIMUM = Named(
    "quadratic", {"dimension": 3, "start_scale": 0.0, "distance": 0.0}
)


@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS", "trust-exact"])
@pytest.mark.parametrize(
    ("at", "end", "words"),
    [
        (-1.0, "diverged", "the loss was nan after 0 steps"),
        (None, "stalled", "SciPy: "),
        (0.9, "", ""),  # its first step leaves the domain: where to, is SciPy's own
    ],
)
def test_it_ends_where_scipy_returns_at_once(runtime, tmp_path, method, at, end, words):
    (tmp_path / "start.py").write_text(LEFT)
    outside = Named(f"{tmp_path / 'start.py'}:start", {"at": at})
    problem = AT_THE_MINIMUM if at is None else outside
    optimizer, budget = Named(f"scipy.{method}"), Budget(steps=40, seconds=60.0)
    record, rows = SpecTrial(runtime, Spec(problem, optimizer, budget)).run()
    assert record.end in ("diverged", "stalled", "budget")
    assert record.reason
    assert rows[0]["step"] == 0
    if end:
        assert (record.end, record.steps, record.seconds) == (end, 0, 0.0)
        assert record.reason.startswith(words)
        assert len(rows) == 1


def test_a_target_at_the_start_is_met_before_scipy_is_called(runtime):
    record, rows = trial(runtime, "L-BFGS-B", Budget(target=Target(loss=1e9)))
    assert (record.end, record.steps, record.seconds) == ("target", 0, 0.0)
    assert sum(record.readings.values()) == 0
    assert (record.targets[0].steps, record.targets[0].seconds) == (0, 0.0)
    assert len(rows) == 1


def test_what_it_cannot_do_is_skipped(runtime):
    record, _ = trial(runtime, "BFGS", Budget(steps=2), batch=Batch(2))
    assert record.end == "skipped"
    assert "SciPy" in record.reason


CONFIG = """
name = "beside"
[budget]
steps = 20
target = { loss = 0.5 }
[[problems]]
name = "quadratic"
spectrum = [1.0, 2.0]
[[optimizers]]
name = "scipy.L-BFGS-B"
maxcor = 5
"""


def test_it_stands_in_the_table_as_any_optimizer(runtime):
    run = bench.experiment(CONFIG, runtime=runtime)
    (row,) = summarize(Results(run)).to_dict("records")
    assert (row["optimizer"], row["reached"]) == ("scipy.L-BFGS-B", 1)
    assert row["gradient_to_target"] >= 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("L-BFGS-B", "L-BFGS", 'Did you mean "scipy.L-BFGS-B"?'),
        ("maxcor = 5", "maxcorr = 5", 'Did you mean "maxcor"?'),
        ("maxcor = 5", "maxcor = 0", "maxcor"),
    ],
)
def test_a_wrong_name_or_setting_is_one_line(old, new, words):
    with pytest.raises(ConfigError) as error:
        checked(CONFIG.replace(old, new))
    assert len(error.value.lines) == 1
    assert words in error.value.lines[0]


def test_a_hessian_that_is_not_finite_is_a_divergence(runtime):
    problem = Named("more_garbow_hillstrom", {"problem": "osborne_1"})
    spec = Spec(problem, Named("scipy.trust-exact"), Budget(steps=1000, seconds=60.0))
    record, rows = SpecTrial(runtime, spec).run()
    assert record.end == "diverged"
    assert record.reason == f"the Hessian was not finite after {record.steps} steps"
    assert len(rows) == record.steps + 1
