"""The table of kinds of call drives every array of readings, and the meter."""

import json
import re
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import problems
from bench.core.readings import (
    COUNT,
    KINDS,
    READINGS,
    listed,
    named,
    nominal_prices,
    zeros,
)
from bench.measurement.meter import Metered, counted
from bench.measurement.prices import POINTS, one_call
from bench.store.trials import COLUMNS
from problems.analytic import analytic

ORDER = (
    *("forward", "point", "gradient", "jvp", "hvp", "hessian"),
    *("ray", "ray_slope"),
    *("residual", "jacobian", "residual_jvp", "residual_vjp"),
    "ggn",
)


def test_the_order_of_the_kinds_is_that_of_files_written_before():
    assert READINGS == ORDER
    assert COUNT == len(KINDS) == 13
    first = COLUMNS.index("forward")
    assert COLUMNS[first : first + COUNT] == READINGS


def test_arrays_and_names_are_the_same_readings():
    counts = np.array([3, 0, 7, 1, 0, 2, 5, 0, 4, 6, 8, 9, 10])
    by_name = {"forward": 3, "point": 0, "gradient": 7, "jvp": 1, "hvp": 0}
    by_name |= {"hessian": 2, "ray": 5, "ray_slope": 0}
    of_residuals = {"residual": 4, "jacobian": 6, "residual_jvp": 8, "residual_vjp": 9}
    assert named(counts) == by_name | of_residuals | {"ggn": 10}
    assert list(named(counts)) == list(ORDER)
    assert list(listed(named(counts))) == list(counts)
    assert list(listed({"hvp": 4})) == [0, 0, 0, 0, 4] + 8 * [0]
    assert listed({"hessian": 1, "forward": 2}).dtype == np.int64
    assert named(zeros()) == dict.fromkeys(ORDER, 0)
    assert zeros().dtype == np.int64


def test_an_array_of_another_length_is_no_readings():
    with pytest.raises(ValueError, match="zip"):
        named([1, 2, 3])


def test_nominal_prices_follow_the_sizes_of_the_problem():
    alike = {"forward": 1.0, "point": 1.0, "gradient": 3.0, "jvp": 2.0, "hvp": 6.0}
    alike |= {"residual": 1.0, "residual_jvp": 2.0, "residual_vjp": 3.0, "ggn": 6.0}
    along = {"ray": 9 / 108, "ray_slope": 2 * 9 / 108}
    assert (
        nominal_prices(10, 100) == alike | {"hessian": 60.0, "jacobian": 20.0} | along
    )
    assert nominal_prices(10, 100, residuals=4)["jacobian"] == 12.0  # by its rows
    assert nominal_prices(10, 100, residuals=9)["jacobian"] == 20.0  # by its columns
    assert nominal_prices() == alike
    one = nominal_prices(1, 1)
    assert one["hessian"] == one["hvp"]
    # with one feature a point along a ray is a forward pass
    assert (one["ray"], one["ray_slope"]) == (one["forward"], one["jvp"])


def residuals(x, data):
    del data
    return jnp.stack([x[0] * x[1], x[0] - 1, jnp.sin(x[1])])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_meter_counts_a_call_of_each_kind_in_its_own_place(kind):
    """A call is made as its row says: the method, its arguments, its derivative."""
    problem = problems.make("linear_regression", rows=10, columns=3)
    if kind.of_residuals:
        problem = analytic(residuals, [1.0, 2.0], squares=True)
    params = problem.init(jax.random.key(0))

    def program(x):
        of = Metered(problems.objective(problem))
        if kind.on_ray:
            return one_call(kind, of.ray(x, x), jnp.asarray(0.5), x)
        return one_call(kind, of, x, x)

    _, counts = jax.jit(counted(program))(params)
    calls = POINTS if "points" in kind.arguments else 1
    begun = {"jvp": 1} if kind.on_ray else {}  # a ray begins with one
    expected = begun | {kind.name: calls}
    assert named(counts) == dict.fromkeys(READINGS, 0) | expected


def test_names_are_unique_and_words_are_plural():
    assert len(set(READINGS)) == COUNT
    heads = [re.split(" along | of ", kind.words)[0] for kind in KINDS]
    assert all(head.endswith("s") for head in heads)


ANOTHER = """
import json
from bench.core import readings
readings.KINDS += (readings.Kind("look", "looks", 0.5),)
readings.READINGS = tuple(kind.name for kind in readings.KINDS)
readings.COUNT = len(readings.KINDS)
import jax
from bench.core.costs import COSTS
from bench.core.spec import Budget, Named, Spec
from bench.measurement.count import Calls, RAW
from bench.measurement.prices import prices
from bench.measurement.runtime import Runtime, SpecTrial
sgd = Named("sgd", {"learning_rate": 0.1})
spec = Spec(Named("quadratic", {"spectrum": [1.0, 2.0]}), sgd, Budget(steps=2))
runtime = Runtime("cpu")
record, rows = SpecTrial(runtime, spec).run()
problem = runtime.problem(spec)
three = Calls.none()
three.known[RAW.index("look")] = 3
print(json.dumps({
    "end": record.end,
    "readings": record.readings,
    "columns": [name for name in readings.READINGS if name in rows[-1]],
    "costs": [name for name in COSTS if name in readings.READINGS],
    "prices": [p.call for p in prices(problem, problem.init(jax.random.key(0)))],
    "nominal": readings.nominal_prices(2)["look"],
    "counted": readings.named(three.readings())["look"],
}))
"""


def test_another_kind_of_call_is_its_row_in_the_table():
    """Counters, records, traces, units of cost and prices all follow."""
    done = subprocess.run(
        [sys.executable, "-c", ANOTHER], capture_output=True, text=True, check=True
    )
    result = json.loads(done.stdout.splitlines()[-1])
    kinds = [*ORDER, "look"]
    assert result["end"] == "budget"
    assert result["readings"] == dict.fromkeys(kinds, 0) | {"gradient": 2}
    assert result["columns"] == result["costs"] == kinds
    lacking = {k.name for k in KINDS if k.on_ray or k.of_some}  # of a quadratic
    assert result["prices"] == [name for name in kinds if name not in lacking]
    assert (result["nominal"], result["counted"]) == (0.5, 3)
