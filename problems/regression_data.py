"""Inputs and targets for least squares."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bundled import bundled
from .examples import Halves, sizes
from .settings import settle
from .synthetic import conditioned, gaussian

DataSet = Literal["synthetic", "blog", "sum", "diabetes"]
DATA_SETS: Mapping[str, Mapping[str, Any]] = {
    "synthetic": {
        "rows": 10_000,
        "columns": 20,
        "condition": 100.0,
        "noise": 0.1,
        "held_out": 0.2,
    },
    "blog": {"rows": 1_000_000, "columns": 11, "held_out": 0.0},
    "sum": {"rows": 100_000, "columns": 101, "held_out": 0.0},
    "diabetes": {"held_out": 0.2},
}


def settled(dataset: str = "synthetic", **given: Any) -> dict[str, Any]:
    """Return the settings of a data set, those not given (None) filled in.

    Raises:
        FactoryError: This data set does not take a setting.
    """
    if given.get("noise") == 0.0 and given.get("held_out") is None:
        given = {**given, "held_out": 0.0}  # without noise, held-out loss is loss
    return settle(DATA_SETS, dataset, given)


class Drawn(NamedTuple):
    """Data as they were drawn or loaded, and how more of them are drawn.

    Attributes:
        halves: (inputs, targets) for training and for held-out, float64.
        source: Arguments of `source`; None where no more can be drawn.
    """

    halves: Halves
    source: dict[str, Any] | None = None


def regression_data(dataset: DataSet, seed: int, **given: Any) -> Drawn:
    """Draw or load the data of a regression.

    - synthetic: X as in `conditioned`, y = Xᵀw + noise, w and noise Gaussian.
    - blog: x = (1, N(0, I)), y = xᵀw without noise, w ~ N(0, 5²).
    - sum: x = (1, N(0, I)), y = the sum of x without its constant, without noise.
    - diabetes: scikit-learn's, x = (1, the ten features), all standardised.

    Args:
        dataset: One of these.
        seed: Of everything drawn.
        **given: Settings as in `DATA_SETS`; None is its default.
    """
    settings = settled(dataset, **given)
    if dataset == "diabetes":
        return Drawn(bundled("diabetes", settings["held_out"], seed))
    rng = np.random.default_rng(seed)
    return (_synthetic if dataset == "synthetic" else _exact)(rng, dataset, settings)


def _synthetic(rng: np.random.Generator, _: str, settings: dict[str, Any]) -> Drawn:
    features = settings["columns"]
    counts = sizes(settings["rows"], settings["held_out"])
    *inputs, mixing = conditioned(rng, features, *counts, settings["condition"])
    weights, noise = rng.standard_normal(features), settings["noise"]

    def with_targets(x: NDArray) -> tuple[NDArray, NDArray]:
        return x, weights @ x + noise * rng.standard_normal(x.shape[1])

    train, held = map(with_targets, inputs)
    source = {"weights": weights, "mixing": mixing, "noise": noise}
    return Drawn((train, held), source)


def _exact(rng: np.random.Generator, dataset: str, settings: dict[str, Any]) -> Drawn:
    """Draw a constant, Gaussian features, and targets that are exactly linear."""
    count, features = settings["rows"], settings["columns"]
    inputs = np.empty((features, count))
    inputs[0] = 1.0
    inputs[1:] = gaussian(rng, features - 1, count)
    weights = np.r_[0.0, np.ones(features - 1)]
    if dataset == "blog":
        weights = 5.0 * rng.standard_normal(features)
    targets = weights @ inputs
    cut = sizes(count, settings["held_out"])[0]
    halves = (inputs[:, :cut], targets[:cut]), (inputs[:, cut:], targets[cut:])
    return Drawn(halves, {"weights": weights, "constant": True})
