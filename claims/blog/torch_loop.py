"""PyTorch's eager training loop on the published networks, timed part by part."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import jax
import numpy as np

STEPS, WARM_UP = 100, 10
PARTS = ("update", "forward", "backward")


def installed() -> bool:
    """Return whether PyTorch can be imported."""
    try:
        import torch  # noqa: F401  # pyright: ignore[reportMissingImports]
    except ImportError:
        return False
    return True


def shares(problem: Any, optimizer: str) -> dict[str, float]:
    """Return the share of a step's seconds by part.

    A step is `zero_grad`, loss, `backward`, `step`, as the source writes it. A part's
    seconds are its least over the steps, since other work only adds to them.

    Args:
        problem: An `mlp` with all weights in layers and mean squared error.
        optimizer: "sgd" or "adam".
    """
    import torch  # pyright: ignore[reportMissingImports]

    torch.set_num_threads(1)  # two wait for each other where a core is occupied
    model, loss = net(problem, problem.init(jax.random.key(0)))
    kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    walk = kinds[optimizer](model.parameters(), lr=1e-3)
    rows = [_step(walk, loss) for _ in range(WARM_UP + STEPS)][WARM_UP:]
    least = np.min(rows, axis=0)
    return dict(zip(PARTS, least / least.sum(), strict=True))


def _step(walk: Any, loss: Callable[[], Any]) -> tuple[float, ...]:
    """Take a step; return the seconds of each of `PARTS`."""
    start = perf_counter()
    walk.zero_grad()
    zeroed = perf_counter()
    before = loss()
    forward = perf_counter()
    before.backward()
    backward = perf_counter()
    walk.step()
    end = perf_counter()
    return zeroed - start + end - backward, forward - zeroed, backward - forward


def net(problem: Any, params: Any) -> tuple[Any, Callable[[], Any]]:
    """Return an `mlp` with these params as PyTorch's, and its mean square."""
    import torch  # pyright: ignore[reportMissingImports]

    layers: list[Any] = []
    for weight, bias in params:
        layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
        layer.weight.data = torch.tensor(np.asarray(weight))
        layer.bias.data = torch.tensor(np.asarray(bias))
        layers += [layer, torch.nn.ReLU()] if problem.activation == "relu" else [layer]
    if problem.activation == "relu":
        del layers[-1]
    model, criterion = torch.nn.Sequential(*layers), torch.nn.MSELoss()
    inputs = torch.tensor(np.ascontiguousarray(np.asarray(problem.train.inputs).T))
    targets = torch.tensor(np.asarray(problem.train.targets))[:, None]
    return model, lambda: criterion(model(inputs), targets)
