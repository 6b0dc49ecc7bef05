"""One step on x²/2 against the published loop in plain Python."""

from typing import Any

import jax
import numpy as np
import pytest

import bench
import optimizers
import problems

PUBLISHED = "keep_stepping_published"
LITERAL = [
    (PUBLISHED, {"learning_rate": 1e-3, "max_steps": 50}, 51, 52),
    (PUBLISHED, {"learning_rate": 0.3}, 4, 5),
    ("keep_stepping", {"learning_rate": 0.3}, 3, 4),
    (PUBLISHED, {"learning_rate": 0.3, "scale_i": 2.0}, 1, 4),
    (PUBLISHED, {"learning_rate": 0.7, "scale_i": 2.0}, 2, 3),
]
"""Optimizer and settings, the moves that a step nets, and its forward passes."""


@pytest.mark.parametrize("case", LITERAL, ids=str)
def test_predicted_moves_are_those_of_the_published_loop(published, case):
    name, settings, moves, passes = case
    scale = settings.get("scale_i", 0.0)
    walked = published(
        1.0,
        settings["learning_rate"],
        settings.get("max_steps", 20),
        lambda i, *_: 1 - scale * np.sqrt(i),
    )
    undone = name == "keep_stepping"  # the same walk, without its last move
    assert walked == (pytest.approx(moves + undone), passes + undone)


@pytest.mark.parametrize("case", LITERAL, ids=str)
def test_k_moves_of_a_step_leave_the_square_of_1_less_k_rates(case):
    name, settings, moves, passes = case
    optimizer: Any = optimizers.make(name, **settings)
    with jax.enable_x64(True):
        problem = problems.make("quadratic", spectrum=[1.0], dtype="float64")
        trace = bench.measure(problem, optimizer, steps=1)
    left = (1 - settings["learning_rate"] * moves) ** 2
    assert trace.loss[1] / trace.loss[0] == pytest.approx(left, rel=1e-9)
    assert trace.forward[1] == passes
