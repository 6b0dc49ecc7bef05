"""Autoencoders: nets that reconstruct their inputs through a narrow layer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from annotated_types import MinLen

from .certify.certificate import Certificate
from .certify.least_squares import nearest_of_rank
from .data.examples import Examples
from .data.scikit_learn import load_scikit_learn
from .data.split import Block, place
from .mlp import MLP, Activation
from .settings import Count, DType, Fraction, Seed, declares, shares


def _sum_of_errors(y: jax.Array, examples: Examples) -> tuple[jax.Array, jax.Array]:
    errors = y - examples.inputs
    return jnp.square(errors).mean(0).sum(), 2 / len(errors) * errors


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class Autoencoder(MLP):
    """f = (1/mn) Σ_i ||net(x_i) - x_i||², x_i of n features.

    The targets of the examples are not used.
    """

    @property
    def measure(self) -> Callable[[jax.Array, Examples], tuple[jax.Array, jax.Array]]:
        """Return a function for Σ_i ||net(x_i) - x_i||² / n and its gradient in net."""
        return _sum_of_errors

    @staticmethod
    def errors(y: jax.Array, examples: Examples) -> jax.Array:
        """Return (net(x_i) - x_i)/√n, float[n, m]."""
        return (y - examples.inputs) / len(y) ** 0.5

    def _certify(self) -> Certificate | None:
        """Certify a net without activations, by its principal components."""
        if self.activation != "none":
            return None
        inputs = np.asarray(self.train.inputs, np.float64)
        centred = inputs - inputs.mean(1, keepdims=True)
        scale = 2 / inputs.size
        known = nearest_of_rank(centred, min(self.widths))
        return known and Certificate(
            scale * known.loss,
            scale * known.gradient_norm,
            None,
            {name: scale * loss for name, loss in known.solvers.items()},
        )


def _without_optimum(activation: str = "tanh", **rest: Any) -> bool:
    """Return whether such a net has no certificate; see `Autoencoder._certify`."""
    del rest
    return activation != "none"


@declares(resolve=shares, without_optimum=_without_optimum)
def autoencoder(
    *,
    dataset: Literal["digits"] = "digits",
    hidden: Annotated[list[Count] | tuple[Count, ...], MinLen(1)] = (32, 8, 32),
    activation: Activation = "tanh",
    start: Literal["torch", "glorot"] = "glorot",
    held_out: Fraction = 0.2,
    validation: Fraction = 0.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> Autoencoder:
    """Make an autoencoder.

    Args:
        dataset: scikit-learn's digits, standardised, 64 features.
        hidden: Widths of the hidden layers; the narrowest holds the code.
        activation: After every layer but the last.
        start: As in `mlp`.
        held_out: Share of the examples.
        validation: Share of the examples on which tuning chooses settings.
        data_seed: Seed of the split.
        dtype: Of data and params.

    References:
        Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural
        networks", 2006.
    """
    parts = load_scikit_learn(dataset, held_out, validation, data_seed)
    train, held, chosen_on = place(parts.map(_inputs_alone), dtype)
    features = train.inputs.shape[0]
    return Autoencoder(
        train,
        held,
        validation=chosen_on,
        widths=(features, *hidden, features),
        activation=activation,
        start=start,
    )


def _inputs_alone(part: Block) -> Block:
    inputs = part[0][1:]
    return inputs, np.zeros(inputs.shape[1])
