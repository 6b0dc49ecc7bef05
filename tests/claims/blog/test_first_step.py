"""The first step of Newton: where it lands, and the memory that it needs."""

import jax
import numpy as np

import optimizers
import problems
from claims.blog.first_step import first_step


def compiled(problem, optimizer):
    start = problem.init(jax.random.key(0))
    return first_step(problem, optimizer, start), start


def test_a_first_step_of_newton_solves_the_normal_equations():
    with jax.enable_x64(True):
        problem = problems.make(
            "linear_regression", dtype="float64", rows=300, columns=7, l2=0.1
        )
        step, start = compiled(problem, optimizers.make("newton"))
        answer = np.asarray(step(problem, start))
    x, y = (np.asarray(part) for part in problem.train)
    gram = 2 * x @ x.T / x.shape[1] + 0.1 * np.eye(7)
    expected = np.linalg.solve(gram, 2 * x @ y / x.shape[1])
    np.testing.assert_allclose(answer, expected, rtol=1e-11)


def test_a_newton_step_needs_room_for_the_hessian_and_one_of_products_does_not():
    problem = problems.make("linear_regression", dataset="sum", rows=50, columns=300)
    entries = 4 * 300**2

    def needed(optimizer):
        step, _ = compiled(problem, optimizer)
        memory = step.memory_analysis()
        return memory.temp_size_in_bytes + memory.output_size_in_bytes

    assert needed(optimizers.make("newton", damping=1.0)) >= entries
    assert needed(optimizers.make("newton_cg", max_hvps=3)) < entries / 4
