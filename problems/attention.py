"""The layers of a decoder-only transformer, as in GPT-2."""

from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from .random_start import normal

EPSILON = 1e-5
"""Added to the variance by layer normalisation."""

Tree = dict[str, Any]


def decoder_start(
    key: jax.Array,
    *,
    vocabulary: int,
    context: int,
    layers: int,
    width: int,
    scale: float,
    dtype: DTypeLike,
) -> Tree:
    """Draw the weights of a decoder.

    All weights are N(0, scale²), those of the last dense layer of each branch
    N(0, scale²/(2 layers)); biases are 0, and layer normalisations the identity.

    Args:
        key: Of the draw.
        vocabulary, context, layers, width: Sizes of the net.
        scale: Standard deviation of the weights; 0.02 in GPT-2.
        dtype: Of the params.

    References:
        Radford et al., "Language models are unsupervised multitask learners", 2019.
    """
    of_tokens, of_positions, *of_layers = jax.random.split(key, 2 + layers)
    last = scale / (2 * layers) ** 0.5

    def draw(key: jax.Array, rows: int, columns: int, deviation: float) -> jax.Array:
        return normal(key, jax.ShapeDtypeStruct((rows, columns), dtype), deviation)

    def dense(key: jax.Array, rows: int, columns: int, deviation: float) -> Tree:
        weight = draw(key, rows, columns, deviation)
        return {"weight": weight, "bias": jnp.zeros(columns, dtype)}

    def layer(key: jax.Array) -> Tree:
        keys = jax.random.split(key, 4)
        return {
            "before_attention": _identity(width, dtype),
            "queries_keys_values": dense(keys[0], width, 3 * width, scale),
            "attended": dense(keys[1], width, width, last),
            "before_dense": _identity(width, dtype),
            "wide": dense(keys[2], width, 4 * width, scale),
            "narrow": dense(keys[3], 4 * width, width, last),
        }

    return {
        "tokens": draw(of_tokens, vocabulary, width, scale),
        "positions": draw(of_positions, context, width, scale),
        "layers": [layer(key) for key in of_layers],
        "before_logits": _identity(width, dtype),
    }


def _identity(width: int, dtype: DTypeLike) -> Tree:
    return {"scale": jnp.ones(width, dtype), "shift": jnp.zeros(width, dtype)}


def decoder(params: Tree, tokens: jax.Array, heads: int, predicted: int) -> jax.Array:
    """Return the logits of the tokens after the last ones.

    Args:
        params: As from `decoder_start`.
        tokens: int[m, T].
        heads: Heads of attention.
        predicted: The number of last positions for which logits are returned.

    Returns:
        float[m, predicted, vocabulary].
    """
    embedding = params["tokens"]
    # A product: the gradient of indexing is a scatter, which is slower, and on a GPU
    # adds in an order that differs from run to run.
    chosen = jax.nn.one_hot(tokens, len(embedding), dtype=embedding.dtype)
    x = chosen @ embedding + params["positions"]
    for layer in params["layers"]:
        x = x + _attention(layer, _normalised(layer["before_attention"], x), heads)
        x = x + _dense(layer, _normalised(layer["before_dense"], x))
    return _normalised(params["before_logits"], x[:, -predicted:]) @ embedding.T


def _normalised(params: Tree, x: jax.Array) -> jax.Array:
    """Return scale (x - mean)/√(variance + ε) + shift, over the features."""
    away = x - x.mean(-1, keepdims=True)
    deviation = jnp.sqrt(jnp.square(away).mean(-1, keepdims=True) + EPSILON)
    return params["scale"] * (away / deviation) + params["shift"]


def _affine(params: Tree, x: jax.Array) -> jax.Array:
    return x @ params["weight"] + params["bias"]


def _attention(layer: Tree, x: jax.Array, heads: int) -> jax.Array:
    """Return softmax(Q Kᵀ/√n + mask) V for each head, and a dense layer on top."""
    examples, length, width = x.shape
    projected = _affine(layer["queries_keys_values"], x)
    q, k, v = jnp.split(projected, 3, axis=-1)
    q, k, v = (a.reshape(examples, length, heads, -1) for a in (q, k, v))
    scores = jnp.einsum("bqhn,bkhn->bhqk", q, k) / (width // heads) ** 0.5
    before = jnp.tril(jnp.ones((length, length), bool))
    shares = jax.nn.softmax(jnp.where(before, scores, -jnp.inf), axis=-1)
    mixed = jnp.einsum("bhqk,bkhn->bqhn", shares, v).reshape(x.shape)
    return _affine(layer["attended"], mixed)


def _dense(layer: Tree, x: jax.Array) -> jax.Array:
    """Return W₂ gelu(W₁ x + b₁) + b₂, gelu with a tanh as in GPT-2."""
    return _affine(layer["narrow"], jax.nn.gelu(_affine(layer["wide"], x)))
