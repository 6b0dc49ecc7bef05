"""Optimizers that cannot run in a loop that passes `value`, `grad` and `value_fn`."""

from collections.abc import Iterator, Mapping
from typing import Any


class NotApplicable(Exception):
    """This optimizer cannot run in this loop or on this problem, and why."""


_OBJ_FN = "its `update` wants the keyword `obj_fn`, which is not among those passed."
_PER_EXAMPLE = "it wants one gradient per example, and the loop passes their mean."

REASONS: dict[str, str] = {
    "optax.contrib.differentially_private_aggregate": _PER_EXAMPLE,
    "optax.contrib.dpsgd": _PER_EXAMPLE,
    "optax.contrib.hutchinson_estimator_diag_hessian": _OBJ_FN,
    "optax.contrib.sam": "its `update` refuses the keyword `value` that is passed.",
    "optax.contrib.scale_by_muon": (
        "it wants `weight_dimension_numbers`, a tree that no config can state; "
        "optax.contrib.muon works them out."
    ),
    "optax.contrib.sophia": _OBJ_FN,
    "optax.lookahead": "it wants parameters of its own kind, fast and slow ones.",
}

_NO_KEYWORDS = "it passes neither `value` nor `value_fn` on to the optimizer inside."
_OTHER_TREE = "the optimizer inside sees a part of the parameters, `value_fn` all."

# These hold for a nested optimizer that asks the objective for more than a gradient.
WRAPPERS: dict[str, str] = {
    "optax.MultiSteps": _NO_KEYWORDS,
    "optax.flatten": "the optimizer inside sees flat parameters, `value_fn` the tree.",
    "optax.multi_transform": _OTHER_TREE,
    "optax.partition": _OTHER_TREE,
}

ASKING = frozenset(
    {
        "calculated_step",
        "keep_stepping",
        "keep_stepping_published",
        "keep_vaulting",
        "keep_vaulting_published",
        "lbfgs",
        "newton",
        "newton_cg",
        "optax.lbfgs",
        "optax.scale_by_backtracking_linesearch",
        "optax.scale_by_zoom_linesearch",
        "trust_region_step",
    }
)


def refuse_known(name: str, settings: Mapping[str, Any]) -> None:
    """Raise NotApplicable for optax's names that are known not to fit.

    Raises:
        NotApplicable: With the reason in one sentence.
    """
    if name in REASONS:
        raise NotApplicable(f"{name}: {REASONS[name]}")
    asking = sorted(ASKING.intersection(named(settings)))
    if name in WRAPPERS and asking:
        raise NotApplicable(f"{name} around {asking[0]}: {WRAPPERS[name]}")


def named(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of all optimizers nested in the settings."""
    for value in settings.values():
        if isinstance(value, Mapping):
            if "name" in value:
                yield str(value["name"])
            yield from named(value)
