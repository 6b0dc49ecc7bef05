"""The loss of nets that predict the next token of a sequence."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp

from .data.tree import TreeExamples
from .tree_loss import Sums, TreeLoss

TOKENS_OF_A_BLOCK = 16_384
"""Most tokens of a pass: their intermediate values in a layer of width 400 are 1 GB."""


@dataclass(frozen=True, eq=False, repr=False)
class TokenLoss(TreeLoss):
    """f = (1/m) Σ_i mean_t -log softmax(net(s_i)_t)[s_i,t+1], s_i of T + 1 tokens.

    The examples are one array, int32[m, T + 1]. Metrics are "accuracy", the share of
    predicted tokens that are the most probable ones, and "perplexity", exp(f).

    Attributes:
        vocabulary: The number of tokens.
        context: T.
        predicted: How many of the T last tokens are predicted.
        dtype: Of the params.
    """

    vocabulary: int = field(metadata={"static": True}, kw_only=True)
    context: int = field(metadata={"static": True}, kw_only=True)
    predicted: int = field(metadata={"static": True}, kw_only=True)
    dtype: str = field(metadata={"static": True}, kw_only=True)

    @property
    @abstractmethod
    def net(self) -> Callable[[Any, jax.Array], jax.Array]:
        """Return (params, int[m, T]) -> logits float[m, predicted, vocabulary]."""

    @property
    def block(self) -> int:
        """Return the most sequences of a pass."""
        return max(1, TOKENS_OF_A_BLOCK // self.context)

    @property
    def sums(self) -> Callable[[Any, TreeExamples], Sums]:
        """Return the function for the sums of cross-entropies and of hits."""
        net, predicted = self.net, self.predicted

        def of(params: Any, examples: TreeExamples) -> Sums:
            tokens = examples.tree
            logits, targets = net(params, tokens[:, :-1]), tokens[:, -predicted:]
            hits = (logits.argmax(-1) == targets).astype(logits.dtype)
            return {
                "loss": _cross_entropies(logits, targets).mean(1).sum(),
                "accuracy": hits.mean(1).sum(),
            }

        return of

    def metrics_of(self, means: Sums) -> Sums:
        """Return accuracy and perplexity."""
        perplexity = jnp.exp(means["loss"])
        return {"accuracy": means["accuracy"], "perplexity": perplexity}


def _cross_entropies(logits: jax.Array, targets: jax.Array) -> jax.Array:
    """Return log Σ_c exp(z_c) - z_y over the last axis."""
    # A comparison and a sum: the gradient of indexing is a scatter, which is slower,
    # and on a GPU adds in an order that differs from run to run.
    chosen = jnp.arange(logits.shape[-1]) == targets[..., None]
    right = jnp.where(chosen, logits, 0).sum(-1)
    return jax.nn.logsumexp(logits, axis=-1) - right
