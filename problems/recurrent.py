"""Recurrent nets of gated units, on the adding problem and on characters of a text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from .data.characters import check_text, read_text, windows
from .data.parts import parts
from .data.tree import TreeExamples
from .gated import gated_start, read_out, states
from .next_token import TOKENS_OF_A_BLOCK, TokenLoss
from .settings import (
    Count,
    DataSets,
    DType,
    Fraction,
    Seed,
    Size,
    data_set_settings,
    declares,
    never,
)
from .tree_loss import Sums, TreeLoss

TOLERANCE = 0.04
"""The error below which a sum is right, from Hochreiter and Schmidhuber (1997)."""
PRESETS: Mapping[str, DataSets] = {
    "small": {
        "adding": {
            "rows": 1000,
            "length": 20,
            "layers": 1,
            "width": 16,
            "held_out": 0.2,
        },
        "characters": {
            "file": None,
            "context": 32,
            "layers": 1,
            "width": 64,
            "held_out": 0.1,
        },
    },
    "gpu": {
        "adding": {
            "rows": 100_000,
            "length": 100,
            "layers": 1,
            "width": 128,
            "held_out": 0.2,
        },
        "characters": {
            "file": None,
            "context": 256,
            "layers": 2,
            "width": 512,
            "held_out": 0.1,
        },
    },
}


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class AddingGRU(TreeLoss):
    """f = (1/m) Σ_i (net(x_i) - y_i)², y_i the sum of the two marked numbers of x_i.

    The examples are {"inputs": float[m, T, 2], "targets": float[m]}: T numbers from
    U(0, 1), each with a mark that is 1 for one number of either half and else 0. The
    net is gated recurrent units and a linear layer on their last state. The metric
    "accuracy" is the share of sums that are right to 0.04.

    Attributes:
        layers: Layers of units.
        width: Units of a layer.
    """

    layers: int = field(metadata={"static": True}, kw_only=True)
    width: int = field(metadata={"static": True}, kw_only=True)

    def init(self, key: jax.Array) -> dict[str, Any]:
        """Draw the weights; see `gated_start`."""
        dtype = self.train.tree["targets"].dtype
        return gated_start(
            key, inputs=2, layers=self.layers, width=self.width, outputs=1, dtype=dtype
        )

    @property
    def block(self) -> int:
        """Return the most sequences of a pass."""
        return max(1, TOKENS_OF_A_BLOCK // self.train.tree["inputs"].shape[1])

    @property
    def sums(self) -> Callable[[dict[str, Any], TreeExamples], Sums]:
        """Return the function for the sums of squared errors and of right sums."""
        return _squares_and_hits


def _squares_and_hits(params: dict[str, Any], examples: TreeExamples) -> Sums:
    inputs, targets = examples.tree["inputs"], examples.tree["targets"]
    last = states(params, inputs.swapaxes(0, 1))[-1]
    errors = read_out(params, last)[:, 0] - targets
    hits = jnp.abs(errors) < TOLERANCE
    return {
        "loss": jnp.square(errors).sum(),
        "accuracy": jnp.sum(hits, dtype=errors.dtype),
    }


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class CharacterGRU(TokenLoss):
    """f = (1/m) Σ_i mean_t -log softmax(net(s_i)_t)[s_i,t+1], s_i of T + 1 characters.

    The net reads each character as a unit vector: gated recurrent units, and a linear
    layer on their states.

    Attributes:
        layers: Layers of units.
        width: Units of a layer.
    """

    layers: int = field(metadata={"static": True}, kw_only=True)
    width: int = field(metadata={"static": True}, kw_only=True)

    def init(self, key: jax.Array) -> dict[str, Any]:
        """Draw the weights; see `gated_start`."""
        return gated_start(
            key,
            inputs=self.vocabulary,
            layers=self.layers,
            width=self.width,
            outputs=self.vocabulary,
            dtype=self.dtype,
        )

    @property
    def net(self) -> Callable[[dict[str, Any], jax.Array], jax.Array]:
        """Return (params, int[m, T]) -> logits float[m, T, vocabulary]."""
        return _logits


def _logits(params: dict[str, Any], tokens: jax.Array) -> jax.Array:
    weight = params["weight"]
    inputs = jax.nn.one_hot(tokens.T, weight.shape[1], dtype=weight.dtype)
    return read_out(params, states(params, inputs)).swapaxes(0, 1)


def adding(rows: int, length: int, seed: int, dtype: str) -> dict[str, NDArray]:
    """Draw sequences of the adding problem; see `AddingGRU`.

    Args:
        rows: m.
        length: T, at least 2.
        seed: Of the draw.
        dtype: Of the numbers.
    """
    rng = np.random.default_rng(seed)
    inputs = np.zeros((rows, length, 2))
    inputs[..., 0] = rng.random((rows, length))
    every, half = np.arange(rows), length // 2
    places = (rng.integers(0, half, rows), rng.integers(half, length, rows))
    for place in places:
        inputs[every, place, 1] = 1.0
    targets = np.sum([inputs[every, place, 0] for place in places], axis=0)
    return {"inputs": inputs.astype(dtype), "targets": targets.astype(dtype)}


def _metrics(dataset: str = "adding", **rest: Any) -> list[str]:
    """Return the names of the metrics."""
    del rest
    return ["accuracy", "perplexity"] if dataset == "characters" else ["accuracy"]


def _resolve(
    dataset: str = "adding", size: str = "small", **given: Any
) -> dict[str, Any]:
    """Return the settings of a data set and a size, with defaults for those not given.

    Raises:
        FactoryError: The data set does not take a setting, or the file is not valid.
    """
    settings = data_set_settings(PRESETS[size], dataset, given)
    if dataset == "characters":
        shares = settings["held_out"], given.get("validation", 0.0)
        check_text(settings["file"], settings["context"], *shares)
    return settings


@declares(resolve=_resolve, without_optimum=never, metrics=_metrics)
def recurrent(
    *,
    dataset: Literal["adding", "characters"] = "adding",
    size: Size = "small",
    rows: Count | None = None,
    length: Annotated[int, Ge(2)] | None = None,
    file: str | None = None,
    context: Count | None = None,
    layers: Count | None = None,
    width: Count | None = None,
    held_out: Fraction | None = None,
    validation: Fraction = 0.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> AddingGRU | CharacterGRU:
    """Make a net of gated recurrent units (GRU) with PyTorch's start.

    Args:
        dataset: "adding" (the net reads numbers, two of them marked, and returns the
            sum of these two: it needs memory) or "characters" (the next character of
            a text).
        size: "small" (seconds on two cores) or "gpu" (seconds on a large GPU): the
            defaults of the settings below that have two.
        rows: Total number of sequences; adding only (1,000, gpu 100,000).
        length: Numbers of a sequence; adding only (20, gpu 100).
        file: A text file in UTF-8, of which the first windows train and the last ones
            are held out; characters only.
        context: Characters of a window; characters only (32, gpu 256).
        layers: Layers of units (1; characters on gpu 2).
        width: Units of a layer (adding 16, gpu 128; characters 64, gpu 512).
        held_out: Share of held-out examples (adding 0.2, characters 0.1).
        validation: Share of validation examples.
        data_seed: Seed of the numbers.
        dtype: Of data and params.

    References:
        Hochreiter and Schmidhuber, "Long short-term memory", 1997 (the adding problem).
        Cho et al., "Learning phrase representations using RNN encoder-decoder for
        statistical machine translation", 2014 (the units).
    """
    settings = _resolve(
        dataset,
        size,
        rows=rows,
        length=length,
        file=file,
        context=context,
        layers=layers,
        width=width,
        held_out=held_out,
        validation=validation,
    )
    shares = settings["held_out"], validation
    net = {"layers": settings["layers"], "width": settings["width"]}
    if dataset == "adding":
        drawn = adding(settings["rows"], settings["length"], data_seed, dtype)
        return AddingGRU(*parts(drawn, *shares), **net)
    window = settings["context"]
    tokens, vocabulary = windows(read_text(settings["file"]), window)
    return CharacterGRU(
        *parts(tokens, *shares),
        **net,
        vocabulary=vocabulary,
        context=window,
        predicted=window,
        dtype=dtype,
    )
