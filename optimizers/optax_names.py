"""Facts on optax's optimizers by name: ranges, refusals, evaluated params."""

from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import Any

import jax
import numpy as np
import optax

from factories import FactoryError

from .composed import labelled
from .contract import NotApplicable, WithAnswer
from .masks import mask
from .registry import REGISTRY
from .settings import LogUniform

_UNIT_STEP = LogUniform(1e-4, 1e1)  # a step is about the rate, whatever the gradient
_EACH_UNIT_STEP = LogUniform(1e-5, 1e0)  # the same, but it does not shrink at a minimum
_WEIGHT_DECAY = LogUniform(1e-6, 1e-1)

# The settings to tune. Decays of averages, words, flags and counts keep their
# defaults. A line search finds its own step length: its space is empty.
SPACES: Mapping[str, Mapping[str, LogUniform]] = {
    "optax.adamw": {"learning_rate": _UNIT_STEP, "weight_decay": _WEIGHT_DECAY},
    "optax.contrib.ademamix": {
        "learning_rate": _UNIT_STEP,
        "alpha": LogUniform(5e-1, 5e1),
    },
    "optax.contrib.muon": {"learning_rate": _UNIT_STEP},
    "optax.contrib.prodigy": {"estim_lr_coef": LogUniform(1e-2, 1e2)},
    "optax.contrib.schedule_free_adamw": {"learning_rate": _UNIT_STEP},
    "optax.lbfgs": {},
    "optax.lion": {"learning_rate": _EACH_UNIT_STEP, "weight_decay": _WEIGHT_DECAY},
    "optax.nadamw": {"learning_rate": _UNIT_STEP, "weight_decay": _WEIGHT_DECAY},
    "optax.polyak_sgd": {"max_learning_rate": LogUniform(1e-2, 1e4)},
    "optax.rmsprop": {"learning_rate": _EACH_UNIT_STEP},
}

_OBJ_FN = "its `update` needs the keyword `obj_fn`, which is not passed."
_PER_EXAMPLE = "it needs one gradient per example, and the loop passes their mean."

# Optimizers that cannot run in a loop that passes `value`, `grad` and `value_fn`.
NOT_APPLICABLE: Mapping[str, str] = {
    "optax.contrib.differentially_private_aggregate": _PER_EXAMPLE,
    "optax.contrib.dpsgd": _PER_EXAMPLE,
    "optax.contrib.hutchinson_estimator_diag_hessian": _OBJ_FN,
    "optax.contrib.sam": "its `update` refuses the keyword `value` that is passed.",
    "optax.contrib.scale_by_muon": (
        "it needs `weight_dimension_numbers`, a tree that no config can state; "
        "optax.contrib.muon computes them."
    ),
    "optax.contrib.sophia": _OBJ_FN,
    "optax.lookahead": "it needs parameters of a special type, fast and slow ones.",
}

_NO_KEYWORDS = "it passes neither `value` nor `value_fn` to the inner optimizer."
_OTHER_TREE = "the inner optimizer gets a part of the parameters, `value_fn` all."

# Wrappers that cannot run around an optimizer that calls `value_fn`.
WRAPPERS: Mapping[str, str] = {
    "optax.MultiSteps": _NO_KEYWORDS,
    "optax.flatten": "the inner optimizer gets flat parameters, `value_fn` the tree.",
    "optax.multi_transform": _OTHER_TREE,
    "optax.partition": _OTHER_TREE,
    "partition": _OTHER_TREE,
}

CALL_VALUE_FN = frozenset(
    {
        "optax.lbfgs",
        "optax.scale_by_backtracking_linesearch",
        "optax.scale_by_zoom_linesearch",
    }
)

SCHEDULE_FREE = frozenset(
    {
        "optax.contrib.schedule_free",
        "optax.contrib.schedule_free_adamw",
        "optax.contrib.schedule_free_sgd",
    }
)

MUON = "optax.contrib.muon"


# Ranges of arguments that optax accepts at any value, by their names.
_RANGES: Mapping[str, tuple[Callable[[float], bool], str]] = {
    **dict.fromkeys(
        ("learning_rate", "max_learning_rate"),
        (lambda x: 0 < x < inf, "should be greater than 0 and finite"),
    ),
    **dict.fromkeys(
        ("b1", "b2", "b3", "decay", "momentum"),
        (lambda x: 0 <= x < 1, "should be at least 0 and below 1"),
    ),
    **dict.fromkeys(
        ("weight_decay", "eps"),
        (lambda x: 0 <= x < inf, "should be at least 0 and finite"),
    ),
}


def check_ranges(name: str, settings: Mapping[str, Any]) -> None:
    """Check plain numbers among the arguments of one of optax's factories.

    Raises:
        FactoryError: A number would waste the budget: optax does not check it.
    """
    for key, value in settings.items() if name.startswith("optax.") else ():
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        allowed, words = _RANGES.get(key, (None, ""))
        if plain and allowed is not None and not allowed(value):
            raise FactoryError(words, key, value=repr(value))


def refuse_known(name: str, settings: Mapping[str, Any]) -> None:
    """Raise NotApplicable for optax's optimizers that cannot run in the loop.

    Raises:
        NotApplicable: With the reason in one sentence.
    """
    if name in NOT_APPLICABLE:
        raise NotApplicable(f"{name}: {NOT_APPLICABLE[name]}")
    inside = sorted(filter(_calls_value_fn, nested_names(settings)))
    if name in WRAPPERS and inside:
        raise NotApplicable(f"{name} around {inside[0]}: {WRAPPERS[name]}")


def _calls_value_fn(name: str) -> bool:
    marked = getattr(REGISTRY.get(name), "calls_value_fn", False)
    return marked or name in CALL_VALUE_FN


def nested_names(settings: Any) -> Iterator[str]:
    """Yield the names of all optimizers nested in the settings, in lists too."""
    values = settings.values() if isinstance(settings, Mapping) else settings
    for value in values:
        if isinstance(value, Mapping) and "name" in value:
            yield str(value["name"])
        if isinstance(value, Mapping) or type(value) in (list, tuple):
            yield from nested_names(value)


def with_answer(
    name: str, optimizer: Any
) -> optax.GradientTransformationExtraArgs | WithAnswer:
    """Give the schedule-free optimizers their averages as the evaluated params."""
    if isinstance(optimizer, WithAnswer):
        return optimizer
    optimizer = optax.with_extra_args_support(optimizer)
    if name not in SCHEDULE_FREE:
        return optimizer
    from optax.contrib import schedule_free_eval_params

    return WithAnswer(optimizer.init, optimizer.update, schedule_free_eval_params)


def stand_in(name: str, settings: Mapping[str, Any], params: Any) -> str:
    """Return which arrays another optimizer updates; an empty string for none.

    Muon makes the updates of matrices orthogonal; every other array that it gets it
    leaves to Adam.

    Args:
        name: The optimizer.
        settings: Its settings, in which others may be nested.
        params: The params that it optimizes.

    Raises:
        NotApplicable: A partition does not fit the params.
    """
    for arrays in _given_to_muon(name, settings, params):
        others = sum(dimensions != 2 for dimensions in arrays)
        if not arrays:
            return "muon updates nothing: no parameter is left to it"
        if others == len(arrays):
            return "Adam stands in for muon: no parameter is a matrix"
        if others:
            counts = f"{others} of {len(arrays)} arrays"
            return f"Adam stands in for muon on {counts}, no matrices"
    return ""


def _given_to_muon(name: str, settings: Any, params: Any) -> Iterator[list[int]]:
    """Yield the numbers of axes of the arrays that each muon gets."""
    if name == MUON:
        yield [np.ndim(leaf) for leaf in jax.tree.leaves(params)]
    if name == "partition":
        for part, own in _parts_of(settings, params):
            yield from _given_to_muon(str(part.get("name")), part, own)
        return
    for value in settings.values() if isinstance(settings, Mapping) else settings:
        if isinstance(value, Mapping):
            yield from _given_to_muon(str(value.get("name")), value, params)
        elif type(value) in (list, tuple):
            yield from _given_to_muon("", value, params)


def _parts_of(settings: Mapping[str, Any], params: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each part of a partition, and the params that it gets."""
    parts = [p for p in settings["partition"] if isinstance(p, Mapping)]
    wheres = [mask(p["where"]) if p.get("where") else None for p in parts]
    labels = labelled(wheres, params)
    for place, part in enumerate(parts):
        own = jax.tree.map(
            lambda x, own, place=place: x if own == str(place) else optax.MaskedNode(),
            *(params, labels),
        )
        yield part, own
