"""CUTEst's problems by sif2jax against another translation of the same SIF files."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import problems
from factories import FactoryError
from problems.sets import SETS
from problems.sets.cutest import door
from problems.sets.cutest.table import ROWS

CHECKED = list(ROWS)[::16]
"""Every sixteenth: `all_agree` in this file checks the others."""


def agrees(name: str) -> str:
    """Return nothing, or what differs from the table at the start."""
    row, made = ROWS[name], problems.make("cutest", problem=name, dtype="float64")
    x = made.init(jax.random.key(0))
    value, gradient = jax.value_and_grad(made.loss)(x, made.train)
    ours = (x.size, float(value), float(jnp.linalg.norm(gradient)))
    stated = (row.parameters, row.value, row.slope)
    return "" if np.allclose(ours, stated, rtol=5e-8) else f"{name}: {ours} {stated}"


def all_agree() -> None:
    """Print the members that disagree: python -m pytest has no time for all."""
    with jax.enable_x64(True):
        print([words for name in ROWS if (words := agrees(name))])


@pytest.mark.parametrize("name", CHECKED)
@pytest.mark.usefixtures("x64")
def test_value_and_gradient_at_the_start_are_those_of_s2mpj(name):
    assert not agrees(name)


ALONE = """
import sys
import problems
problem = problems.make("cutest", problem="kirby2ls", dtype="float32")
import jax
value = problem.loss(problem.init(jax.random.key(0)), None)
print(value.dtype, jax.config.read("jax_enable_x64"), "sif2jax" in sys.modules)
"""


def test_a_problem_comes_without_float64_and_without_the_rest_of_the_package():
    command = [sys.executable, "-W", "error", "-c", ALONE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["float32", "False", "False"], done.stderr


def test_members_are_listed_without_sif2jax(monkeypatch):
    monkeypatch.setattr(door.importlib.util, "find_spec", lambda name: None)
    members = SETS["cutest"].members(None)
    assert len(members) == len(ROWS) > 150
    assert all(m.parameters <= 1024 for m in members)
    assert problems.defaults("cutest")["problem"] == "rosenbr"


def test_without_sif2jax_one_line_names_the_extra(monkeypatch):
    monkeypatch.setattr(door.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FactoryError, match=r"gradmeter\[cutest\]"):
        problems.check("cutest", {"problem": "beale"})
    with pytest.raises(FactoryError, match=r"gradmeter\[cutest\]"):
        problems.make("cutest")


def test_a_least_value_has_a_source():
    for row in ROWS.values():
        assert (row.least is None) == (not row.source), row.name
        assert row.least is None or row.least <= row.value, row.name
