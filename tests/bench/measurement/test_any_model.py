"""Models of a user's own functions are measured as the built-in problems are."""

import functools

import jax
import pytest

import optimizers
from bench.core.readings import named
from bench.measurement.oracle import Oracle
from bench.measurement.program import MadeOptimizer, Program, ReadyProgram
from bench.measurement.referee import read_and_executed

from ..models import MODELS

STEPS = 3
OPTIMIZERS = {
    "sgd": optimizers.make("sgd", learning_rate=0.01),
    "adam": optimizers.make("adam", learning_rate=0.01),
    "lbfgs": optimizers.make("lbfgs", memory_size=2, max_linesearch_steps=4),
    "keep_stepping": optimizers.make("keep_stepping", learning_rate=0.01, max_steps=3),
    "newton_cg": optimizers.make("newton_cg", max_hvps=3),
}
made = functools.cache(lambda name: MODELS[name]())


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_readings_are_an_independent_count(name, model):
    problem = made(model)
    factory = MadeOptimizer(OPTIMIZERS[name], Oracle().on(problem))
    params = problem.init(jax.random.key(1))
    ready = ReadyProgram(Program(factory, (), problem, params), (), factory, True)
    read, executed = map(named, read_and_executed(ready, problem, params, STEPS))
    assert read == executed
    assert read["gradient"] >= STEPS
