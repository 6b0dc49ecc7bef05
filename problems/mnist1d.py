"""MNIST-1D: signals that resemble digits, for nets of three kinds."""

from collections.abc import Mapping
from typing import Any, Literal

from .classifier import Classifier
from .data.mnist1d import signals
from .data.parts import parts
from .data.split import split
from .settings import Count, DType, Fraction, Seed, declares, never, reports
from .signal_nets import NETS

Architecture = Literal["mlp", "conv", "recurrent"]
SIZES: Mapping[str, Mapping[str, int]] = {
    "small": {"rows": 5_000, "mlp": 100, "conv": 25, "recurrent": 6},
    "gpu": {"rows": 200_000, "mlp": 2_048, "conv": 256, "recurrent": 128},
}
"""Rows, and the width of each architecture."""


def _resolve(
    architecture: str = "conv",
    size: str = "small",
    rows: int | None = None,
    width: int | None = None,
    **given: Any,
) -> dict[str, Any]:
    """Return rows and width, those of the size where they are not given (None)."""
    del given
    known = SIZES[size]
    return {"rows": rows or known["rows"], "width": width or known[architecture]}


@declares(resolve=_resolve, without_optimum=never, metrics=reports("accuracy"))
def mnist1d(
    *,
    architecture: Architecture = "conv",
    size: Literal["small", "gpu"] = "small",
    rows: Count | None = None,
    width: Count | None = None,
    held_out: Fraction = 0.2,
    validation: Fraction = 0.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> Classifier:
    """Make a net that classifies the signals of MNIST-1D.

    Signals of 40 points, made from ten patterns by random padding, scaling,
    translation, noise and shear; the loss is the mean cross-entropy, and the accuracy
    its metric. The nets are those of the paper, which start as PyTorch's layers.

    Args:
        architecture: "mlp" (two hidden layers, the second added to the first), "conv"
            (three convolutions of every second point), or "recurrent" (a gated
            recurrent unit in either direction).
        size: "small" is the paper's: 5,000 signals, and a width of 100, 25 or 6; "gpu"
            has 200,000, and 2,048, 256 or 128.
        rows: Total number of signals, instead of that of `size`.
        width: Of the hidden layers, the channels of each convolution, or the states in
            a direction, instead of that of `size`.
        held_out: Share of held-out signals.
        validation: Share of the signals on which tuning chooses settings.
        data_seed: Seed of the signals and the parts.
        dtype: Of data and params.

    References:
        Greydanus and Kobak, "Scaling down deep learning with MNIST-1D", 2024.
    """
    settings = _resolve(architecture, size, rows, width)
    data, how = signals(settings["rows"], data_seed), (held_out, validation, data_seed)
    train = split(settings["rows"], held_out, validation, seed=data_seed).train
    x = data["inputs"]
    standard = (x - x[train].mean()) / x[train].std()
    tree = {**data, "inputs": standard.astype(dtype)}
    return Classifier(*parts(tree, *how), NETS[architecture](settings["width"]))
