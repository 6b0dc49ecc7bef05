"""Every registered problem keeps the contract of `problems.Problem`."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import problems
from problems import blocks
from problems.mean_loss import MeanLoss

# 5,000 examples are two blocks of `small_blocks` and a rest.
CASES = {
    "linear": ("linear_regression", {"rows": 300, "columns": 5, "l2": 0.1}),
    "linear, blocks": ("linear_regression", {"dataset": "blog", "rows": 5_000}),
    "linear, sum": ("linear_regression", {"dataset": "sum", "rows": 50, "columns": 4}),
    "diabetes": ("linear_regression", {"dataset": "diabetes"}),
    "logistic": ("logistic_regression", {"rows": 300, "columns": 5}),
    "logistic, blocks": ("logistic_regression", {"rows": 6_250, "columns": 5}),
    "breast cancer": ("logistic_regression", {"dataset": "breast_cancer"}),
    "softmax": ("softmax_regression", {"held_out": 0.8}),
    "huber": ("huber_regression", {"rows": 50, "columns": 3, "l2": 0.1}),
    "heavy tails": (
        "heavy_tailed_softmax",
        {"rows": 30, "columns": 2, "classes": 3, "l2": 0.1},
    ),
    "poisson": ("poisson_regression", {"rows": 50, "columns": 3}),
    "factorisation": ("matrix_factorisation", {"rows": 9, "rank": 2}),
    "mlp": ("mlp", {"rows": 100, "columns": 3, "hidden": [4, 2]}),
    "mlp, blocks": ("mlp", {"rows": 4_100, "hidden": [2], "activation": "tanh"}),
    "mlp, no hidden": ("mlp", {"rows": 100, "columns": 3, "hidden": []}),
    "mlp, digits": ("mlp", {"dataset": "digits", "hidden": [1], "start": "glorot"}),
    "convnet": ("convnet", {"channels": [1], "hidden": [2], "held_out": 0.98}),
    "mnist1d": ("mnist1d", {"width": 1, "rows": 10}),
    "autoencoder": ("autoencoder", {"hidden": [2], "held_out": 0.9}),
    "transformer": ("transformer", {"modulus": 3, "width": 2, "heads": 2}),
    "recurrent": ("recurrent", {"rows": 8, "length": 3, "width": 2}),
    "pinn": ("pinn", {"rows": 8, "hidden": [2]}),
    "quadratic": ("quadratic", {"spectrum": [3.0, 1.0, 0.0], "constant": 2.0}),
    "quadratic, turned": ("quadratic", {"dimension": 6, "rotate": True}),
    "quadratic, noisy": ("quadratic", {"dimension": 3, "noise": [1.0, 0.0, 2.0]}),
    "rosenbrock": ("rosenbrock", {"dimension": 5, "start_scale": 0.1}),
    "himmelblau": ("himmelblau", {}),
    "kowalik": ("kowalik_osborne", {"start_scale": 0.01}),
    "nist": ("nist_strd", {"problem": "lanczos3", "start_scale": 0.01}),
    "more, garbow, hillstrom": ("more_garbow_hillstrom", {"start_scale": 0.01}),
    "more, wild": ("more_wild", {"start_scale": 0.01}),
    "bbob": ("bbob", {"problem": "different_powers", "dimension": 2}),
    "cutest": ("cutest", {"start_scale": 0.01}),
    "landscapes": ("landscapes", {"start_scale": 0.1}),
}
every_case = pytest.mark.parametrize("case", CASES)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 2048)


start = jax.jit(lambda problem, seed: problem.init(jax.random.key(seed)))
loss = jax.jit(lambda problem, params: problem.loss(params, problem.train))


@functools.cache
def make(case: str, dtype: str = "float64"):
    name, settings = CASES[case]
    return problems.make(name, dtype=dtype, **settings)


def test_every_problem_is_in_the_table():
    assert {name for name, _ in CASES.values()} == set(problems.names())


@every_case
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.usefixtures("x64")
def test_dtype_is_kept_and_all_is_finite(case, dtype):
    problem = make(case, dtype)
    params = start(problem, 0)
    value, gradient = jax.jit(
        lambda p, x: jax.value_and_grad(problems.objective(p))(x)
    )(problem, params)
    assert value.shape == ()
    for array in [value, *jax.tree.leaves((params, gradient))]:
        assert array.dtype == dtype
        assert bool(jnp.isfinite(array).all())


@every_case
@pytest.mark.usefixtures("x64")
def test_start_depends_on_the_key_and_not_on_the_dtype(case):
    first, other = flat(start(make(case), 0)), flat(start(make(case), 1))
    single = flat(start(make(case, "float32"), 0))
    assert not np.allclose(first, other)
    np.testing.assert_allclose(first, single, rtol=1e-6)


@every_case
def test_data_are_arguments_of_the_program(case):
    problem = make(case, "float32")
    params = start(problem, 0)
    traced = jax.make_jaxpr(lambda p, x: problems.objective(p)(x))(problem, params)
    assert len(traced.jaxpr.invars) == len(jax.tree.leaves((problem, params)))
    assert sum(np.size(constant) for constant in traced.consts) == 0


@every_case
def test_pytree_round_trip(case):
    problem = make(case, "float32")
    leaves, tree = jax.tree.flatten(problem)
    again = jax.tree.unflatten(tree, leaves)
    params = start(problem, 0)
    assert tree == jax.tree.structure(make.__wrapped__(case, "float32"))
    assert hash(tree) == hash(jax.tree.structure(again))
    assert float(loss(again, params)) == float(loss(problem, params))


@every_case
@pytest.mark.usefixtures("x64")
def test_methods_agree_with_derivatives_of_the_loss(case):
    problem = make(case)
    params, v = start(problem, 0), start(problem, 1)
    along = flat(v)
    got, expected = _methods(problem, params, v), _derivatives(problem, params, v)
    slope = expected["gradient"] @ along
    np.testing.assert_allclose(
        got["gradient"], expected["gradient"], rtol=1e-10, atol=1e-13
    )
    np.testing.assert_allclose(got["jvp"], [expected["value"], slope], rtol=1e-10)
    np.testing.assert_allclose(got["hvp"], expected["hvp"], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(got["hessian"], got["hessian"].T, atol=1e-12)
    np.testing.assert_allclose(
        got["hessian"] @ along, expected["hvp"], rtol=1e-8, atol=1e-10
    )
    np.testing.assert_allclose(got["values"], expected["losses"], rtol=1e-12)


LENGTHS = (0.0, 0.5, -2.0)


def flat(tree):
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])


def _at(params, v, length):
    return jax.tree.map(lambda p, d: p + length * d, params, v)


@jax.jit
def _methods(problem, params, v):
    f = problems.objective(problem)
    points = [_at(params, v, length) for length in LENGTHS]
    return {
        "gradient": ravel_pytree(jax.grad(f)(params))[0],
        "jvp": jnp.stack(f.jvp(params, v)),
        "hvp": ravel_pytree(f.hvp(params, v))[0],
        "hessian": f.hessian(params),
        "values": f.values(jax.tree.map(lambda *p: jnp.stack(p), *points)),
    }


def _plainly(problem):
    """Return the loss in one piece, for JAX to differentiate by itself."""
    if not isinstance(problem, MeanLoss):
        return lambda x: problem.loss(x, problem.train)

    def loss(x):
        sums = problem.sum_of_losses(problem.as_seen(x), problem.train)
        return sums / problem.train.count + problem.penalty(x)

    return loss


@jax.jit
def _derivatives(problem, params, v):
    loss = _plainly(problem)
    value, gradient = jax.value_and_grad(loss)(params)
    hvp = jax.jvp(jax.grad(loss), (params,), (v,))[1]
    return {
        "value": value,
        "gradient": ravel_pytree(gradient)[0],
        "hvp": ravel_pytree(hvp)[0],
        "losses": jnp.stack([loss(_at(params, v, length)) for length in LENGTHS]),
    }


@every_case
@pytest.mark.usefixtures("x64")
def test_no_start_is_below_the_optimum(case):
    problem = make(case)
    least = problem.optimum()
    if hasattr(problem, "certificate"):  # that of a formula is in its problem set
        certificate = problem.certificate()
        assert least == (None if certificate is None else certificate.loss)
    least = float("-inf") if least is None else least
    assert float(loss(problem, start(problem, 0))) > least
