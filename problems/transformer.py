"""Decoder-only transformers, on modular addition and on the characters of a text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import jax
import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from factories import FactoryError

from .attention import decoder, decoder_start
from .data.characters import check_text, read_text, windows
from .data.parts import parts
from .next_token import TokenLoss
from .settings import (
    Count,
    DataSets,
    DType,
    Fraction,
    Nonnegative,
    Seed,
    Size,
    data_set_settings,
    declares,
    never,
    reports,
)

PRESETS: Mapping[str, DataSets] = {
    "small": {
        "modular_addition": {
            "modulus": 23,
            "layers": 1,
            "width": 32,
            "heads": 4,
            "held_out": 0.3,
        },
        "characters": {
            "file": None,
            "context": 32,
            "layers": 2,
            "width": 64,
            "heads": 4,
            "held_out": 0.1,
        },
    },
    "gpu": {
        "modular_addition": {
            "modulus": 97,
            "layers": 2,
            "width": 128,
            "heads": 4,
            "held_out": 0.5,
        },
        "characters": {
            "file": None,
            "context": 256,
            "layers": 6,
            "width": 384,
            "heads": 6,
            "held_out": 0.1,
        },
    },
}


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class Transformer(TokenLoss):
    """f = (1/m) Σ_i mean_t -log softmax(net(s_i)_t)[s_i,t+1], s_i of T + 1 tokens.

    The net is GPT-2's: learned positions, layers with layer normalisation in front of
    causal attention and of two dense layers with GELU between them, and the embedding
    of the tokens again as the last layer. The mean is over all T tokens, or over the
    last one alone. The params are a dict of dicts; see `attention.decoder_start`.

    Attributes:
        layers: The number of layers.
        width: Features of a token; a multiple of `heads`.
        heads: Heads of attention.
        start_scale: Standard deviation of the start point's weights.
    """

    layers: int = field(metadata={"static": True}, kw_only=True)
    width: int = field(metadata={"static": True}, kw_only=True)
    heads: int = field(metadata={"static": True}, kw_only=True)
    start_scale: float = field(metadata={"static": True}, kw_only=True)

    def init(self, key: jax.Array) -> dict[str, Any]:
        """Draw the weights; see `decoder_start`."""
        return decoder_start(
            key,
            vocabulary=self.vocabulary,
            context=self.context,
            layers=self.layers,
            width=self.width,
            scale=self.start_scale,
            dtype=self.dtype,
        )

    @property
    def net(self) -> Callable[[dict[str, Any], jax.Array], jax.Array]:
        """Return (params, int[m, T]) -> logits float[m, predicted, vocabulary]."""
        heads, predicted = self.heads, self.predicted
        return lambda params, tokens: decoder(params, tokens, heads, predicted)


def sums_of_pairs(modulus: int) -> NDArray[np.int32]:
    """Return the sequences a, b, "=", (a + b) mod p of all pairs, int32[p², 4]."""
    a, b = np.divmod(np.arange(modulus**2), modulus)
    equals = np.full_like(a, modulus)
    return np.stack([a, b, equals, (a + b) % modulus], axis=1).astype(np.int32)


def _resolve(
    dataset: str = "modular_addition", size: str = "small", **given: Any
) -> dict[str, Any]:
    """Return the settings of a data set and a size, with defaults for those not given.

    Raises:
        FactoryError: The data set does not take a setting, the width is no multiple of
            the heads, or the file is not valid.
    """
    settings = data_set_settings(PRESETS[size], dataset, given)
    width, heads = settings["width"], settings["heads"]
    if width % heads:
        words = f"is no multiple of the {heads} heads"
        raise FactoryError(words, "width", value=str(width))
    if dataset == "characters":
        shares = settings["held_out"], given.get("validation", 0.0)
        check_text(settings["file"], settings["context"], *shares)
    return settings


@declares(
    resolve=_resolve,
    without_optimum=never,
    metrics=reports("accuracy", "perplexity"),
)
def transformer(
    *,
    dataset: Literal["modular_addition", "characters"] = "modular_addition",
    size: Size = "small",
    modulus: Annotated[int, Ge(2)] | None = None,
    file: str | None = None,
    context: Count | None = None,
    layers: Count | None = None,
    width: Count | None = None,
    heads: Count | None = None,
    start_scale: Nonnegative = 0.02,
    held_out: Fraction | None = None,
    validation: Fraction = 0.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> Transformer:
    """Make a decoder-only transformer with GPT-2's layers and start.

    Args:
        dataset: "modular_addition" (all pairs a, b of numbers below p; the net reads
            a, b and "=" and predicts (a + b) mod p; the accuracy on the held-out pairs
            rises long after that on the others, and sooner with weight decay), or
            "characters" (the next character of a text).
        size: "small" (seconds on two cores) or "gpu" (seconds on a large GPU): the
            defaults of the settings below that have two.
        modulus: p; modular addition only (23, gpu 97).
        file: A text file in UTF-8, of which the first windows train and the last ones
            are held out; characters only.
        context: Characters of a window; characters only (32, gpu 256).
        layers: Layers (modular addition 1, gpu 2; characters 2, gpu 6).
        width: Features of a token (modular addition 32, gpu 128; characters 64, gpu
            384).
        heads: Heads of attention (4; characters on gpu 6).
        start_scale: Standard deviation of the start point's weights.
        held_out: Share of held-out examples (modular addition 0.3, gpu 0.5; characters
            0.1).
        validation: Share of validation examples.
        data_seed: Seed of the split of the pairs.
        dtype: Of the params.

    References:
        Radford et al., "Language models are unsupervised multitask learners", 2019
        (the net). Power et al., "Grokking: Generalization beyond overfitting on small
        algorithmic datasets", 2022 (modular addition).
    """
    settings = _resolve(
        dataset,
        size,
        modulus=modulus,
        file=file,
        context=context,
        layers=layers,
        width=width,
        heads=heads,
        held_out=held_out,
        validation=validation,
    )
    if dataset == "characters":
        shares = settings["held_out"], validation
        text = read_text(settings["file"])
        tokens, vocabulary = windows(text, settings["context"])
        of_text = {"context": settings["context"], "predicted": settings["context"]}
        examples = parts(tokens, *shares)
    else:
        tokens, vocabulary = sums_of_pairs(settings["modulus"]), settings["modulus"] + 1
        of_text = {"context": 3, "predicted": 1}
        examples = parts(tokens, settings["held_out"], validation, data_seed)
    return Transformer(
        *examples,
        **of_text,
        vocabulary=vocabulary,
        layers=settings["layers"],
        width=settings["width"],
        heads=settings["heads"],
        start_scale=start_scale,
        dtype=dtype,
    )
