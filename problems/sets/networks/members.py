"""The networks of the suite at their small sizes."""

from typing import Any

from ...best_known import BEST_KNOWN
from ..problem_set import Member, ProblemSet, fixed
from .best_known import read

_BEST = read()


def _net(
    name: str, problem: str, parameters: int, examples: int, **settings: Any
) -> Member:
    """Return a net with the best loss known as a setting."""
    of_size = parameters, examples, "network"
    if (best := _BEST.get(name)) is None:
        return Member(name, problem, settings, *of_size, None, "no least loss is known")
    settings[BEST_KNOWN] = best.loss
    return Member(name, problem, settings, *of_size, best.loss, best.source)


_LINEAR = {
    "dataset": "sum",
    "rows": 10_000,
    "columns": 20,
    "hidden": [10, 10, 10, 10, 10, 10],
    "activation": "none",
}
SET = ProblemSet(
    "networks",
    "The networks of the suite at their small sizes, with all examples at a step.",
    "see each problem; `batch` in the entry gives them batches",
    fixed(
        Member(
            *("linear_net", "mlp", _LINEAR),
            *(771, 10_000, "network", 0.0, "closed form"),
        ),
        _net(
            *("digits_tanh", "mlp", 6010, 1438),
            dataset="digits",
            hidden=[80],
            activation="tanh",
            start="glorot",
        ),
        _net(
            *("digits_relu", "mlp", 9610, 1438),
            dataset="digits",
            hidden=[128],
            activation="relu",
        ),
        _net(
            *("digits_autoencoder", "autoencoder", 10_448, 1438),
            dataset="digits",
            hidden=[64, 16, 64],
            activation="tanh",
        ),
        _net("digits_convnet", "convnet", 13_706, 1438),
        _net("mnist1d_mlp", "mnist1d", 15_210, 4000, architecture="mlp"),
        _net("mnist1d_conv", "mnist1d", 5210, 4000, architecture="conv"),
        _net("mnist1d_recurrent", "mnist1d", 5134, 4000, architecture="recurrent"),
        _net("modular_addition", "transformer", 13_632, 370),
        _net("adding", "recurrent", 977, 800),
        _net("poisson_equation", "pinn", 901, 100),
    ),
)
