"""The BBOB functions against COCO's own values, and what is known of each.

bbob_coco.csv holds values of the package coco-experiment 2.8.3, whose code is that of
the suite, at x_i = scale sin(i + function/10): the sum of a function and its offset.
"""

import functools
from importlib.metadata import version
from pathlib import Path
from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import problems
from problems.sets import SETS
from problems.sets.bbob import weakly_structured
from problems.sets.bbob.draws import first_rotation, normal, second_rotation
from problems.sets.bbob.problem import GROUPS, Name, bbob, seed_of

FUNCTIONS = {name: f for group in GROUPS.values() for name, f in group.items()}
DIMENSIONS = (2, 10)
INSTANCES = (1, 5)
RANDOM = 200
SERIES = ("weierstrass", "katsuura")
COCO = Path(__file__).with_name("bbob_coco.csv")


@jax.jit
def _evaluated(data, points):
    """Return values and gradients of each function at its points."""
    return {
        name: jax.vmap(jax.value_and_grad(FUNCTIONS[name].formula), (0, None))(x, d)
        for (name, x), d in zip(points.items(), data.values(), strict=True)
    }


@functools.cache
def _known(dimension, instance):
    """Return points, values and gradients by name.

    Rows of the points: 2 of COCO's; x*; random a, b and (a + b)/2 of each pair; and a
    point from which steps of ±1e-7 lead along a random direction.
    """
    rng = np.random.default_rng(dimension)
    data, points = {}, {}
    for name, function in FUNCTIONS.items():
        seed = seed_of(function.number, instance)
        data[name], best = function.draw(seed, dimension)
        places = np.sin(np.arange(1, dimension + 1) + function.number / 10)
        length = 10 ** rng.uniform(-2, 1, (RANDOM, 1))
        a = best + length * rng.standard_normal((RANDOM, dimension))
        further = length * 10 ** rng.uniform(-1, 1, (RANDOM, 1))
        b = a + further * rng.standard_normal((RANDOM, dimension))
        v = 1e-7 * rng.standard_normal(dimension)
        rows = [3 * places, 6 * places, best, *a, *b, *((a + b) / 2)]
        points[name] = np.array([*rows, a[0], a[0] + v, a[0] - v])
    with jax.enable_x64(True):
        found = jax.tree.map(np.asarray, _evaluated(data, points))
    return points, found


def _offset(number, instance):
    """Return COCO's f_opt."""
    seed = seed_of(number, instance)
    ratio = normal(seed, 1)[0] / normal(seed + 1, 1)[0]
    return float(np.clip(np.round(1e4 * ratio) / 100, -1000, 1000))


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("instance", INSTANCES)
def test_values_are_those_of_coco(dimension, instance):
    table = pd.read_csv(COCO).query("dimension == @dimension and instance == @instance")
    assert len(table) == 2 * len(FUNCTIONS)
    _, found = _known(dimension, instance)
    for row in table.itertuples():
        name = list(FUNCTIONS)[row.function - 1]
        ours = found[name][0][0 if row.scale == 3 else 1]
        value = ours + _offset(row.function, instance)
        assert value == pytest.approx(row.value, rel=1e-10), name


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_is_0_at_the_minimiser_and_nowhere_below(name, dimension):
    for instance in INSTANCES:
        values, gradients = _known(dimension, instance)[1][name]
        assert abs(values[2]) < 1e-14
        assert values.min() > -1e-14
        assert np.isfinite(gradients).all()


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if n not in SERIES])
def test_gradient_is_that_of_differences(name):
    points, found = _known(10, 1)
    values, gradients = found[name]
    v = points[name][-2] - points[name][-3]
    slope = (values[-2] - values[-1]) / 2
    assert gradients[-3] @ v == pytest.approx(slope, rel=1e-5, abs=1e-16 * values[-3])


def test_gradients_of_series_are_those_of_differences_with_few_terms(monkeypatch):
    """With all terms both functions have kinks or waves shorter than a difference."""
    monkeypatch.setattr(weakly_structured, "_DIGITS", 6)
    monkeypatch.setattr("problems.sets.bbob.multimodal._TERMS", 4)
    rng = np.random.default_rng(3)
    with jax.enable_x64(True):
        for name in SERIES:
            function = FUNCTIONS[name]
            data, best = function.draw(seed_of(function.number, 1), 4)
            x, v = best + rng.standard_normal((2, 4))
            f = jax.jit(lambda t, f=function, d=data, x=x, v=v: f.formula(x + t * v, d))
            slope = (f(1e-7) - f(-1e-7)) / 2e-7
            assert float(jax.grad(f)(0.0)) == pytest.approx(float(slope), rel=1e-5)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_convex_are_those_that_no_pair_of_points_refutes(name):
    refuted = False
    for instance in INSTANCES:
        values, _ = _known(2, instance)[1][name]
        a, b, middle = values[3 : 3 + 3 * RANDOM].reshape(3, RANDOM)
        refuted |= (middle > (a + b) / 2 * (1 + 1e-12)).any()
    assert FUNCTIONS[name].convex == (not refuted)


def test_step_ellipsoid_is_flat_between_its_steps():
    values, gradients = _known(2, 1)[1]["step_ellipsoid"]
    points = _known(2, 1)[0]["step_ellipsoid"]
    inside = (np.abs(points).max(axis=1) < 5) & (values > 1)
    assert inside.sum() > 50
    assert not gradients[inside].any()


def test_members_are_the_functions_in_the_order_of_the_paper():
    members = SETS["bbob"].members(None)
    assert tuple(m.name for m in members) == get_args(Name) == tuple(FUNCTIONS)
    assert [f.number for f in FUNCTIONS.values()] == list(range(1, 25))
    assert {m.parameters for m in members} == {problems.PARAMETERS["bbob"]}
    assert [m.settings["dimension"] for m in SETS["bbob"].members(3)] == 24 * [3]


def test_instances_and_starts_differ():
    problem, other = bbob(problem="discus"), bbob(problem="discus", instance=2)
    starts = [np.asarray(problem.init(jax.random.key(seed))) for seed in (0, 1)]
    assert np.abs(starts).max() <= 4
    assert (starts[0] != starts[1]).all()
    assert (problem.minimisers() != other.minimisers()).all()
    assert problem.minimisers().shape == (1, 10)
    assert float(problem.loss(problem.minimisers()[0].astype("float32"), None)) == 0


# Its own x* enters these otherwise, or it draws numbers of its own.
OTHERWISE = {
    "linear_slope",
    "rosenbrock_rotated",
    "griewank_rosenbrock",
    "schwefel",
    "gallagher_101",
    "gallagher_21",
    "lunacek_bi_rastrigin",
}
THEIR_NAMES = {
    "ellipsoid_separable": "ellipsoid_seperable",
    "rastrigin_separable": "rastrigin_seperable",
    "buche_rastrigin": "skew_rastrigin_bueche",
    "discus": "discuss",
    "different_powers": "sum_of_different_powers",
    "schaffers_f7": "schaffer_f7_condition_10",
    "schaffers_f7_ill_conditioned": "schaffer_f7_condition_1000",
}
Q_FIRST = {"attractive_sector", "step_ellipsoid", "sharp_ridge", "katsuura"}


@pytest.mark.usefixtures("x64")
def test_values_are_those_of_bbob_jax():
    """Versions before 2 have other definitions of most functions."""
    theirs = pytest.importorskip("bbob_jax")
    if version("bbob-jax").startswith("1."):
        pytest.skip("bbob-jax 1")
    n, seen = 10, 0
    points, found = _known(n, 1)
    for name in FUNCTIONS.keys() - OTHERWISE:
        seed = seed_of(FUNCTIONS[name].number, 1)
        r, q = first_rotation(seed, n), second_rotation(seed, n)
        if name in Q_FIRST:
            r, q = q, r
        r = r.T if name == "ellipsoid" else r
        given = {"x_opt": points[name][2], "f_opt": 0.0, "R": r, "Q": q}
        arrays = jax.tree.map(jnp.asarray, given)
        function = getattr(theirs, THEIR_NAMES.get(name, name))
        value = float(function(jnp.asarray(points[name][1]), **arrays))
        assert found[name][0][1] == pytest.approx(value, rel=1e-10), name
        seen += 1
    assert seen == 17
