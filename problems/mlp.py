"""Multi-layer perceptrons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike

from .blocks import total
from .certify.certificate import Certificate
from .certify.least_squares import least_squares
from .data.examples import Examples
from .data.regression import regression_data
from .data.scikit_learn import load_scikit_learn
from .data.split import Block, place
from .data.synthetic import source
from .layers import Layer, Layers, back_propagate, folded, outputs
from .mean_loss import MeanLoss
from .random_start import uniform
from .settings import (
    SHARES,
    Count,
    DType,
    Fraction,
    Seed,
    data_set_settings,
    declares,
)
from .softmax_regression import entropies_and_slopes, right

Activation = Literal["none", "relu", "tanh"]
DATA_SETS: Mapping[str, Mapping[str, Any]] = {
    "sum": {"rows": 10_000, "columns": 20, **SHARES, "held_out": 0.0},
    "digits": SHARES,
}
DIGITS = 64
"""Features of the data set "digits"."""


def _sum_of_squares(y: jax.Array, targets: jax.Array) -> tuple[jax.Array, jax.Array]:
    residuals = y - targets
    return jnp.square(residuals).sum(), 2 * residuals


def _sum_of_entropies(y: jax.Array, targets: jax.Array) -> tuple[jax.Array, jax.Array]:
    entropies, slopes = entropies_and_slopes(y, targets)
    return entropies.sum(), slopes


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class MLP(MeanLoss):
    """f = (1/m) Σ_i (net(x_i) - y_i)², or the mean cross-entropy for classes.

    The params are a tuple of `Layer`.

    Attributes:
        widths: Features in, hidden widths, outputs.
        activation: After every layer but the last.
        start: "torch" draws weights and biases from U(±1/√fan_in), "glorot" weights
            from U(±√(6/(fan_in + fan_out))) with biases 0.
        fold: Whether layers without activations between them may be multiplied into
            one before they are applied to the examples.
    """

    widths: tuple[int, ...] = field(metadata={"static": True}, kw_only=True)
    activation: str = field(metadata={"static": True}, kw_only=True)
    start: str = field(metadata={"static": True}, kw_only=True)
    fold: bool = field(default=False, metadata={"static": True}, kw_only=True)

    def init(self, key: jax.Array) -> Layers:
        """Draw the layers."""
        keys = jax.random.split(key, len(self.widths) - 1)
        dtype = self.train.inputs.dtype
        draw = _torch if self.start == "torch" else _glorot
        ends = zip(self.widths[:-1], self.widths[1:], strict=True)
        return tuple(
            draw(k, before, after, dtype)
            for k, (before, after) in zip(keys, ends, strict=True)
        )

    @property
    def has_classes(self) -> bool:
        """Return whether the targets are classes."""
        return jnp.issubdtype(self.train.targets.dtype, jnp.integer)

    @property
    def measure(self) -> Callable[[jax.Array, Examples], tuple[jax.Array, jax.Array]]:
        """Return (outputs, examples) -> the sum of losses, and its gradient in them."""
        of = _sum_of_entropies if self.has_classes else _sum_of_squares
        return lambda y, examples: of(y, examples.targets)

    @property
    def residuals(self) -> Callable[[Layers, Examples], jax.Array] | None:
        """Return the function for (net(x_i) - y_i)/√m, float[m]; None for classes."""
        return None if self.has_classes else self._residuals

    def _residuals(self, params: Layers, examples: Examples) -> jax.Array:
        y = outputs(self.activation, self.as_seen(params), examples.inputs)
        return self.scaled(self.errors(y, examples).ravel(), params, examples.count)

    @staticmethod
    def errors(y: jax.Array, examples: Examples) -> jax.Array:
        """Return the errors of outputs, whose squares add up to the sum of losses."""
        return y - examples.targets

    @property
    def sum_of_losses(self) -> Callable[[Layers, Examples], jax.Array]:
        """Return the sum of squares or of cross-entropies."""
        activation, measure = self.activation, self.measure

        def of(layers: Layers, examples: Examples) -> jax.Array:
            return measure(outputs(activation, layers, examples.inputs), examples)[0]

        return of

    @property
    def sum_and_gradient(
        self,
    ) -> Callable[[Layers, Examples], tuple[jax.Array, Layers]]:
        """Return the function for the sum and its gradient, by back-propagation."""
        activation, measure = self.activation, self.measure

        def of(layers: Layers, examples: Examples) -> tuple[jax.Array, Layers]:
            def of_outputs(y: jax.Array) -> tuple[jax.Array, jax.Array]:
                return measure(y, examples)

            return back_propagate(activation, of_outputs, layers, examples.inputs)

        return of

    @property
    def folds(self) -> bool:
        """Return whether the layers are multiplied into one, which is cheaper."""
        return self.fold and _can_fold(self.widths, self.activation)

    def as_seen(self, params: Layers) -> Layers:
        """Return the layers, multiplied into one if they fold."""
        return folded(params) if self.folds else params

    @property
    def cuts(self) -> bool:
        """Return whether blocks are faster: not for one layer of one output."""
        one_layer = self.folds or len(self.widths) == 2
        return not (one_layer and self.widths[-1] == 1)

    def ggn(self, params: Layers, v: Layers, examples: Examples) -> Layers:
        """Return (1/m) Σ_i J_iᵀ H_i J_i v + l2 v.

        J_i is the Jacobian of the outputs for example i, H_i the Hessian of its loss in
        the outputs: 2 I, or diag(p) - p pᵀ for classes.
        """

        def of_block(block: Examples) -> Layers:
            def net(layers: Layers) -> jax.Array:
                return outputs(self.activation, self.as_seen(layers), block.inputs)

            def slopes(y: jax.Array) -> jax.Array:
                return self.measure(y, block)[1]

            y, change = jax.jvp(net, (params,), (v,))
            bend = jax.jvp(slopes, (y,), (change,))[1]
            return jax.vjp(net, params)[1](bend)[0]

        summed = total(of_block, examples, self.cuts)
        return jax.tree.map(
            lambda leaf, own: leaf / examples.count + self.l2 * own, summed, v
        )

    def metrics(self, params: Layers, examples: Examples) -> dict[str, jax.Array]:
        """Return `accuracy`, the share of right classes; nothing for a regression."""
        if not self.has_classes:
            return {}
        layers = self.as_seen(params)

        def of_block(block: Examples) -> jax.Array:
            return right(outputs(self.activation, layers, block.inputs), block.targets)

        return {"accuracy": total(of_block, examples, self.cuts) / examples.count}

    def _certify(self) -> Certificate | None:
        """Certify a net without activations: it is a linear model."""
        if self.has_classes or (self.activation != "none" and len(self.widths) > 2):
            return None
        inputs, targets = (np.asarray(x) for x in self.train)
        ones = np.ones_like(inputs[:1])
        linear = least_squares(np.concatenate([ones, inputs]), targets, self.l2)
        if linear is None or len(self.widths) == 2:
            return linear
        # The gap and the eigenvalues are those of the linear model's own weights.
        return linear._replace(
            gap_bound=None,
            largest_eigenvalue_start=None,
            largest_eigenvalue_optimum=None,
        )


def _can_fold(widths: Sequence[int], activation: str) -> bool:
    """Return whether layers are a linear map that is cheaper as one layer."""
    products = sum(a * b for a, b in pairwise(widths))
    return activation == "none" and widths[0] * widths[-1] <= products


def _torch(key: jax.Array, before: int, after: int, dtype: DTypeLike) -> Layer:
    for_weight, for_bias = jax.random.split(key)
    bound = before**-0.5
    return Layer(
        uniform(for_weight, (after, before), dtype, bound),
        uniform(for_bias, (after,), dtype, bound),
    )


def _glorot(key: jax.Array, before: int, after: int, dtype: DTypeLike) -> Layer:
    bound = (6 / (before + after)) ** 0.5
    weight = uniform(key, (after, before), dtype, bound)
    return Layer(weight, jnp.zeros(after, dtype))


def _resolve(dataset: str = "sum", **given: Any) -> dict[str, Any]:
    """Return the settings of a data set, with defaults for those not given (None).

    Raises:
        FactoryError: The data set does not take a setting.
    """
    return data_set_settings(DATA_SETS, dataset, given)


def _without_optimum(
    dataset: str = "sum",
    hidden: Sequence[int] = (10, 10),
    activation: str = "relu",
    **rest: Any,
) -> bool:
    """Return whether such a net has no certified optimum; see `MLP._certify`."""
    del rest
    return dataset == "digits" or (activation != "none" and len(hidden) > 0)


def _metrics(dataset: str = "sum", **rest: Any) -> list[str]:
    """Return the names of the metrics; see `MLP.metrics`."""
    del rest
    return ["accuracy"] if dataset == "digits" else []


def _remark(
    dataset: str = "sum",
    hidden: Sequence[int] = (10, 10),
    activation: str = "relu",
    fold: bool = False,
    **rest: Any,
) -> str:
    """Return that the layers are multiplied into one, if they are."""
    given = {k: rest.get(k) for k in ("rows", "columns", "held_out", "validation")}
    columns = _resolve(dataset, **given).get("columns", DIGITS)
    widths = columns, *hidden, _outputs(dataset)
    is_on = fold and len(hidden) > 0 and _can_fold(widths, activation)
    return "layers folded into one" if is_on else ""


def _outputs(dataset: str) -> int:
    return 10 if dataset == "digits" else 1


@declares(
    resolve=_resolve,
    without_optimum=_without_optimum,
    metrics=_metrics,
    remark=_remark,
)
def mlp(
    *,
    dataset: Literal["sum", "digits"] = "sum",
    rows: Count | None = None,
    columns: Count | None = None,
    hidden: list[Count] | tuple[Count, ...] = (10, 10),
    activation: Activation = "relu",
    start: Literal["torch", "glorot"] = "torch",
    fold: bool = False,
    held_out: Fraction | None = None,
    validation: Fraction = 0.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> MLP:
    """Make a multi-layer perceptron.

    Args:
        dataset: "sum" (regression on y = Σ_j x_j, x ~ N(0, I), without noise), or
            "digits" (scikit-learn's, ten classes, standardised).
        rows: Total number of examples; sum only (10,000).
        columns: Features; sum only (20).
        hidden: Widths of the hidden layers; none is a linear model.
        activation: After every layer but the last.
        start: "torch" draws weights and biases from U(±1/√fan_in), "glorot" weights
            from U(±√(6/(fan_in + fan_out))) with biases 0.
        fold: Whether layers without activations between them, which are one linear
            map, are multiplied before they are applied to the examples if that is
            cheaper: the same function and gradient up to rounding, but of another
            program, with cheaper forward passes. By default each layer is applied to
            each example, at the cost of a net with activations.
        held_out: Share of held-out examples (digits 0.2, sum 0).
        validation: Share of validation examples, on which tuning chooses settings.
        data_seed: Seed of the data and the split.
        dtype: Of data and params.
    """
    shares = {"held_out": held_out, "validation": validation}
    settings = _resolve(dataset, rows=rows, columns=columns, **shares)
    if dataset == "digits":
        parts = load_scikit_learn("digits", **settings, seed=data_seed)
    else:
        settings["columns"] += 1  # the constant feature, which is dropped below
        parts, _ = regression_data("sum", data_seed, dtype, **settings)
    train, held, chosen_on = place(parts.map(_without_constant), dtype)
    features = train.inputs.shape[0]
    return MLP(
        train,
        held,
        validation=chosen_on,
        widths=(features, *hidden, _outputs(dataset)),
        activation=activation,
        start=start,
        fold=fold,
        source=None if dataset == "digits" else source(dtype, np.ones(features)),
    )


def _without_constant(part: Block) -> Block:
    inputs, targets = part
    return inputs[1:], targets
