"""Least squares in trials: calls, losses and ends, against SciPy's own counts."""

import csv
import io

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import least_squares

import optimizers
import problems
from bench import measure
from bench.core.readings import ALWAYS, READINGS, named
from bench.core.spec import Batch, Budget, Named, Spec
from bench.measurement.program import MadeOptimizer, Program, ReadyProgram
from bench.measurement.referee import read_and_executed
from bench.measurement.runtime import SpecTrial
from bench.store.trials import to_csv
from problems.analytic import analytic

VALLEY = """
import jax.numpy as jnp

from problems.analytic import analytic


def valley(x, data):
    del data
    return jnp.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def of_squares(*, dtype="float32"):
    return analytic(valley, [-1.2, 1.0], least=0.0, squares=True, dtype=dtype)
"""
START = np.array([-1.2, 1.0])


def residuals(x, data=()):
    del data
    return jnp.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def valley(dtype="float32"):
    return analytic(residuals, START, least=0.0, squares=True, dtype=dtype)


@pytest.fixture(scope="module")
def named_valley(tmp_path_factory):
    path = tmp_path_factory.mktemp("problem") / "valley.py"
    path.write_text(VALLEY)
    return Named(f"{path}:of_squares")


def trial(runtime, problem, name, steps=30, settings=None, **more):
    optimizer = Named(name, settings or {})
    spec = Spec(problem, optimizer, Budget(steps=steps), dtype="float64", **more)
    return SpecTrial(runtime, spec).run()


OURS = {
    "gauss_newton": {"backtracking": True},
    "levenberg_marquardt": {"geodesic": True},
    "dogleg": {},
    "products": {"jacobian": "products"},
}


@pytest.mark.parametrize("name", OURS)
def test_the_readings_are_the_calls_and_no_gradient_is_charged(name):
    method = "levenberg_marquardt" if name == "products" else name
    factory = MadeOptimizer(optimizers.make(method, **OURS[name]))
    problem, params = valley(), jnp.asarray(START, "float32")
    ready = ReadyProgram(Program(factory, (), problem, params), (), factory, True)
    read, executed = read_and_executed(ready, problem, params, 8)
    assert read == executed
    assert {*(k for k, n in named(read).items() if n)}.isdisjoint(ALWAYS)


def test_a_rejected_step_costs_its_residual_alone():
    trace = measure(valley(), optimizers.levenberg_marquardt(), steps=12)
    rise = trace[["residual", "jacobian"]].diff().iloc[1:]
    assert (rise["residual"] == 1).all()
    rejected = np.diff(trace["loss"]) == 0
    assert rejected.any()
    # the step after a rejected one has the Jacobian already
    assert rise["jacobian"].tolist() == [1.0, *(~rejected[:-1]).astype(float)]


def test_the_recorded_losses_are_those_of_the_points():
    plain = measure(valley(), optimizers.gauss_newton(), steps=2)
    x = jnp.asarray(START, "float32")
    jacobian = jax.jacfwd(residuals)(x)
    after = x - jnp.linalg.solve(jacobian, residuals(x))
    expected = [float(jnp.sum(residuals(p) ** 2)) for p in (x, after)]
    np.testing.assert_allclose(plain["loss"].iloc[:2], expected, rtol=1e-6)


@pytest.mark.parametrize("method", ["lm", "trf", "dogbox"])
def test_a_trial_by_scipy_makes_its_own_calls(runtime, named_valley, method):
    record, rows = trial(runtime, named_valley, f"scipy.least_squares-{method}", 7)
    points, jacobians = [], []

    def calls(x):
        points.append(x)
        return np.array(residuals(x))

    def slopes(x):
        jacobians.append((x.copy(), len(points)))
        return np.array([[-20 * x[0], 10], [-1, 0]])

    scale = "jac" if method == "lm" else 1.0
    with jax.enable_x64(True):
        least_squares(calls, START, jac=slopes, method=method, x_scale=scale)
    moves = [n for i, (x, n) in enumerate(jacobians) if i and any(x != START)]
    assert (record.end, record.steps) == ("budget", 7)
    assert [row["residual"] for row in rows[1:]] == moves[:7]
    assert [row["jacobian"] for row in rows[2:]] == [
        rows[1]["jacobian"] + i for i in range(1, 7)
    ]
    losses = [row["loss"] for row in rows]
    assert losses[0] == pytest.approx(24.2)
    assert sorted(losses, reverse=True) == losses


@pytest.mark.parametrize(
    "name", ["levenberg_marquardt", "scipy.least_squares-lm", "scipy.least_squares-trf"]
)
def test_a_problem_without_residuals_is_skipped(runtime, name):
    quadratic = Named("quadratic", {"spectrum": [1.0, 2.0]})
    record, _ = trial(runtime, quadratic, name)
    assert (record.end, record.steps) == ("skipped", 0)
    assert "states none" in record.reason


def test_a_jacobian_too_large_to_factorise_is_refused(runtime):
    digits = Named("matrix_factorisation", {"rows": 200, "rank": 8})
    record, _ = trial(runtime, digits, "scipy.least_squares-lm")
    assert (record.end, record.steps) == ("skipped", 0)
    assert "a Jacobian of 12,800 times 2,112 numbers" in record.reason


def test_sources_of_gradients_and_batches_are_refused(runtime, named_valley):
    record, _ = trial(
        runtime, named_valley, "gauss_newton", gradient="forward_difference"
    )
    assert record.end == "skipped"
    assert "takes no gradient" in record.reason
    linear = Named("linear_regression", {"rows": 20, "columns": 2})
    record, _ = trial(runtime, linear, "dogleg", batch=Batch(4))
    assert record.end == "skipped"


def test_only_a_trace_with_such_calls_has_their_columns(runtime, named_valley):
    _, rows = trial(runtime, named_valley, "gauss_newton", 3)
    names = next(csv.reader(io.StringIO(to_csv(rows))))
    assert [x for x in names if x in READINGS] == [*ALWAYS, "jacobian"]
    _, rows = trial(runtime, named_valley, "sgd", 3, {"learning_rate": 1e-4})
    names = next(csv.reader(io.StringIO(to_csv(rows))))
    assert [x for x in names if x in READINGS] == [*ALWAYS]


OF_OPTIMISTIX = {
    "LevenbergMarquardt": {"residual_jvp"},
    "GaussNewton": {"residual_jvp"},
    "Dogleg": {"residual_jvp", "residual_vjp"},
    "BFGS": {"forward", "gradient"},
    "NonlinearCG": {"forward", "gradient"},
}


@pytest.mark.parametrize("name", OF_OPTIMISTIX)
def test_a_solver_of_optimistix_makes_its_own_steps(runtime, named_valley, name):
    """The referee accepts its readings; the points are those of its own loop."""
    optimistix = pytest.importorskip("optimistix")
    record, rows = trial(runtime, named_valley, f"optimistix.{name}", 12)
    assert (record.end, record.steps) == ("budget", 12)
    assert {k for k, n in record.readings.items() if n} == OF_OPTIMISTIX[name]
    solver = optimistix.__dict__[name](rtol=0.0, atol=0.0)
    sums = name in ("BFGS", "NonlinearCG")
    with jax.enable_x64(True):
        f = lambda y, args: residuals(y)  # noqa: E731
        of = (lambda y, args: jnp.sum(f(y, args) ** 2)) if sums else f
        solve = optimistix.minimise if sums else optimistix.least_squares
        more = {"max_steps": 12, "throw": False}
        answer = solve(of, solver, jnp.asarray(START), **more).value
        loss = float(jnp.sum(residuals(answer) ** 2))
    assert rows[-1]["loss"] == pytest.approx(loss, rel=1e-6, abs=1e-25)


def test_the_four_calls_agree_with_autodiff_of_the_residuals():
    problem = valley()
    objective, x = problems.objective(problem), jnp.asarray(START, "float32")
    v, w = jnp.array([1.0, -2.0]), jnp.array([0.5, 3.0])
    r, jacobian = objective.jacobian(x)
    np.testing.assert_allclose(jacobian, [[24, 10], [-1, 0]], rtol=1e-6)
    np.testing.assert_allclose(objective.residual_jvp(x, v)[1], jacobian @ v, 1e-5)
    np.testing.assert_allclose(objective.residual_vjp(x, w)[1], jacobian.T @ w, 1e-5)
    np.testing.assert_allclose(jax.grad(objective)(x), 2 * jacobian.T @ r, rtol=1e-6)
