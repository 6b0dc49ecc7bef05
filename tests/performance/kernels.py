"""Losses, gradients and Hessians beside PyTorch, scikit-learn and NumPy."""

import time
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np
import optax
from sklearn.linear_model import LinearRegression

import optimizers
import problems
from bench.measurement.call_times import looped, tied
from bench.measurement.clock import timed
from claims.blog import torch_loop

from .figure import Figure
from .overhead import ADAM, Case
from .pairs import Ratio, ratio
from .steps import CONFIGS, FOLDED

FIGURES = (
    *("figure_9", "figure_10", "figure_11", "figure_12"),
    *("figure_13a_width_10", "figure_13a_width_20", "figure_13b"),
)
LINEAR = ("figure_9", "figure_10", "figure_11", "figure_13a_width_10")
"""Nets that can be folded into one layer."""
LEAST = 0.05
"""Seconds that one side of a pair lasts, or one call if that is longer."""
RATE = ADAM.optimizer.settings["learning_rate"]

Run = Callable[[int], float]
"""Does it so many times and returns the seconds that all of them lasted."""


def figures() -> Iterator[Figure]:
    """Yield the figures of calls and of the steps that are little else."""
    for name in FIGURES:
        measured = value_and_gradient_over_torch(name)
        yield Figure.of(f"PyTorch over value and gradient, {name}", ">= 1.5", measured)
    for name in LINEAR:
        measured = value_and_gradient_over_torch(name, fold=True)
        words = f"PyTorch over value and gradient, {name}{FOLDED}"
        yield Figure.of(words, "", measured)
    name = "PyTorch's loop over a step of adam, breast_cancer"
    yield Figure.of(name, ">= 50", torch_over_adam())
    for name, goal, measured in newton_on_a_million():
        yield Figure.of(f"{name} over Newton, 1,000,000 x 11, float32", goal, measured)
    for name, problem in _with_a_pass():
        measured = gradient_over_forward(problem)
        yield Figure.of(f"gradient over forward, {name}", "<= 3.5", measured)


def value_and_gradient_over_torch(
    figure: str, pairs: int = 9, fold: bool = False
) -> Ratio:
    """Return PyTorch's seconds of a loss and its gradient over ours.

    Ours are taken in a compiled loop, as in a trial. With `fold`, layers without
    activations between them are multiplied first: the same numbers, from fewer
    products than PyTorch's. Both use all cores.

    Raises:
        AssertionError: The gradients are not the same.
    """
    problem = _of_config(figure, fold)
    params = problem.init(jax.random.key(0))
    model, loss = torch_loop.net(problem, params)

    def theirs(times: int) -> float:
        start = time.perf_counter()
        for _ in range(times):
            model.zero_grad()
            loss().backward()
        return time.perf_counter() - start

    theirs(1)
    _agree(jax.grad(problems.objective(problem))(params), model)
    return _paired(theirs, _gradients(problem, params), pairs)


def torch_over_adam(pairs: int = 9) -> Ratio:
    """Return a step of the loop that people publish, reading the loss, over ours."""
    case = Case(ADAM._replace(steps=30_000))
    problem: Any = case.problem
    x, y = (np.asarray(a) for a in problem.train)
    loop = _torch_adam(x, y, np.asarray(case.params), problem.l2)
    steps = _enough(loop)
    return ratio(lambda: loop(steps) / steps, lambda: case.trial() / case.steps, pairs)


def newton_on_a_million(pairs: int = 7) -> Iterator[tuple[str, str, Ratio]]:
    """Yield scikit-learn's fit, and NumPy's normal equations, over one Newton step.

    Raises:
        AssertionError: The step does not end where they do.
    """
    problem = problems.make("linear_regression", dataset="blog")
    params = problem.init(jax.random.key(0))
    step = jax.jit(_newton_step).lower(problem, params).compile()
    features = np.ascontiguousarray(np.asarray(problem.train.inputs).T)
    targets = np.asarray(problem.train.targets)
    fitted = LinearRegression(fit_intercept=False)

    def normal_equations() -> np.ndarray:
        return np.linalg.solve(features.T @ features, features.T @ targets)

    ours, theirs = step(problem, params), normal_equations()
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
    for name, goal, fit in (
        ("scikit-learn", ">= 8", lambda: fitted.fit(features, targets)),
        ("normal equations in NumPy", ">= 1.2", normal_equations),
    ):
        yield (
            name,
            goal,
            ratio(
                lambda fit=fit: _seconds(fit),
                lambda: timed(step, problem, params)[0],
                pairs,
            ),
        )


def gradient_over_forward(problem: Any, pairs: int = 9) -> Ratio:
    """Return the seconds of a value and its gradient over those of a value."""
    params = problem.init(jax.random.key(0))
    forward = looped(tied(lambda p, x: problems.objective(p)(x)), problem, params)
    return _paired(_gradients(problem, params), forward, pairs)


def _with_a_pass() -> Iterator[tuple[str, Any]]:
    """Yield the problems of the registry and of the figures."""
    for name in problems.names():
        yield name, problems.make(name)
    for figure in FIGURES:
        yield figure, _of_config(figure)


def _of_config(figure: str, fold: bool = False) -> Any:
    config = tomllib.loads((CONFIGS / f"{figure}.toml").read_text())
    first = config["problems"][0] | {"fold": fold}
    settings = {k: v for k, v in first.items() if k not in ("name", "label")}
    return problems.make(first["name"], **settings)


def _gradients(problem: Any, params: Any) -> Run:
    call = tied(lambda p, x: jax.value_and_grad(problems.objective(p))(x))
    return looped(call, problem, params)


def _agree(gradient: Any, model: Any) -> None:
    ours = jax.tree.leaves(gradient)
    for own, theirs in zip(ours, model.parameters(), strict=True):
        scale = float(theirs.grad.abs().max())
        np.testing.assert_allclose(own, theirs.grad, atol=1e-4 * scale)


def _torch_adam(x: np.ndarray, y: np.ndarray, start: np.ndarray, l2: float) -> Run:
    import torch

    inputs, labels = torch.tensor(np.ascontiguousarray(x.T)), torch.tensor(y)
    softplus = torch.nn.functional.softplus

    def loop(times: int) -> float:
        w = torch.tensor(start, requires_grad=True)
        adam = torch.optim.Adam([w], lr=RATE)
        losses, began = [], time.perf_counter()
        for _ in range(times):
            adam.zero_grad()
            loss = softplus(-labels * (inputs @ w)).mean() + l2 / 2 * (w @ w)
            loss.backward()
            adam.step()
            losses.append(loss.item())
        return time.perf_counter() - began

    return loop


def _newton_step(problem: Any, params: jax.Array) -> Any:
    objective, newton = problems.objective(problem), optimizers.make("newton")
    value, gradient = jax.value_and_grad(objective)(params)
    updates, _ = newton.update(
        gradient, newton.init(params), params, value=value, value_fn=objective
    )
    return optax.apply_updates(params, updates)


def _paired(first: Run, second: Run, pairs: int) -> Ratio:
    """Compare one of each; so many are timed together that a side lasts."""
    many, most = _enough(first), _enough(second)
    return ratio(lambda: first(many) / many, lambda: second(most) / most, pairs)


def _enough(run: Run) -> int:
    """Return how many last for `LEAST` seconds."""
    times = 1
    while (seconds := run(times)) < LEAST / 2:
        times = max(2 * times, int(times * LEAST / max(seconds, 1e-5)))
    return times


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
