"""Inputs and targets for least squares."""

from collections import deque
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..settings import SHARES
from .files import SETTINGS, checked_settings
from .scikit_learn import load_scikit_learn
from .split import Block, Split, fill, sizes
from .synthetic import conditioned, in_blocks

DataSet = Literal["synthetic", "blog", "sum", "diabetes", "linnerud"]
DATA_SETS: Mapping[str, Mapping[str, Any]] = {
    "synthetic": {
        "rows": 10_000,
        "columns": 20,
        "condition": 100.0,
        "noise": 0.1,
        **SHARES,
    },
    "blog": {"rows": 1_000_000, "columns": 11, **SHARES, "held_out": 0.0},
    "sum": {"rows": 100_000, "columns": 101, **SHARES, "held_out": 0.0},
    "diabetes": SHARES,
    "linnerud": SHARES,
    "files": SETTINGS,
}


def resolve(dataset: str = "synthetic", **given: Any) -> dict[str, Any]:
    """Return the settings of a data set, with defaults for those not given (None).

    Raises:
        FactoryError: The data set does not take a setting, or a file is not valid.
    """
    if given.get("noise") == 0.0 and given.get("held_out") is None:
        given = {
            **given,
            "held_out": 0.0,
        }  # without noise a held-out loss has no information
    return checked_settings(DATA_SETS, dataset, given)


class Drawn(NamedTuple):
    """Drawn or loaded data, and the distribution of fresh examples.

    Attributes:
        parts: (inputs, targets) of each part.
        source: Arguments of `source`; None if no fresh examples can be drawn.
    """

    parts: Split[Block]
    source: dict[str, Any] | None = None


def regression_data(
    dataset: DataSet, seed: int, dtype: str = "float64", **given: Any
) -> Drawn:
    """Draw or load the data of a regression.

    - synthetic: X as in `conditioned`, y = Xᵀw + noise, w and noise Gaussian.
    - blog: x = (1, N(0, I)), y = xᵀw without noise, w ~ N(0, 5²).
    - sum: x = (1, N(0, I)), y = the sum of x without its constant, without noise.
    - diabetes, linnerud: scikit-learn's, x = (1, the ten or three features), all
      standardised.

    Args:
        dataset: One of these.
        seed: Determines all random draws.
        dtype: Of drawn data: float32 or float64.
        **given: Settings as in `DATA_SETS`; None stands for the default.
    """
    settings = resolve(dataset, **given)
    if dataset in ("diabetes", "linnerud"):
        return Drawn(load_scikit_learn(dataset, **settings, seed=seed))
    rng = np.random.default_rng(seed)
    if dataset == "synthetic":
        return _synthetic(rng, dtype, **settings)
    return _exact(rng, dtype, dataset, **settings)


def _synthetic(
    rng: np.random.Generator,
    dtype: str,
    rows: int,
    columns: int,
    condition: float,
    noise: float,
    **shares: float,
) -> Drawn:
    counts = sizes(rows, **shares)
    rest = rows - counts.train
    inputs, mixing = conditioned(rng, columns, counts.train, rest, condition)
    weights = rng.standard_normal(columns)

    def with_targets(x: NDArray) -> tuple[NDArray, NDArray]:
        return x, weights @ x + noise * rng.standard_normal(x.shape[1])

    parts = fill(map(with_targets, inputs), columns, counts, dtype)
    return Drawn(parts, {"weights": weights, "mixing": mixing, "noise": noise})


def _exact(
    rng: np.random.Generator,
    dtype: str,
    dataset: str,
    rows: int,
    columns: int,
    **shares: float,
) -> Drawn:
    """Draw a constant, Gaussian features, and targets that are exactly linear."""
    inputs = in_blocks(deepcopy(rng), columns - 1, rows)
    weights = np.r_[0.0, np.ones(columns - 1)]
    if dataset == "blog":
        deque(
            in_blocks(rng, columns - 1, rows), maxlen=0
        )  # the weights are drawn after the inputs
        weights = 5.0 * rng.standard_normal(columns)

    def with_targets(draws: NDArray) -> tuple[NDArray, NDArray]:
        x = np.ones((columns, draws.shape[1]))
        x[1:] = draws
        return x, weights @ x

    counts = sizes(rows, **shares)
    parts = fill(map(with_targets, inputs), columns, counts, dtype)
    return Drawn(parts, {"weights": weights, "constant": True})
