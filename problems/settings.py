"""Types of settings, and rules for combinations of settings."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from annotated_types import Ge, Gt, Lt

from factories import FactoryError

F = TypeVar("F", bound=Callable[..., Any])

Size = Literal["small", "gpu"]
DType = Literal["float32", "float64"]
Count = Annotated[int, Ge(1)]
Seed = Annotated[int, Ge(0)]
Fraction = Annotated[float, Ge(0), Lt(1)]
Nonnegative = Annotated[float, Ge(0)]
Positive = Annotated[float, Gt(0)]
Condition = Annotated[float, Ge(1)]

# The settings of each data set, with their defaults.
DataSets = Mapping[str, Mapping[str, Any]]


SHARES = {"held_out": 0.2, "validation": 0.0}
"""The shares of examples that do not train, by default."""


def data_set_settings(
    data_sets: DataSets,
    name: str,
    given: Mapping[str, Any],
    kind: str = "dataset",
) -> dict[str, Any]:
    """Return the settings of one data set, with defaults for those not given.

    Args:
        data_sets: All data sets of a problem.
        name: The chosen data set.
        given: Settings; None stands for not given. Settings that no data set takes are
            ignored.
        kind: The setting that chooses between them, if it is another.

    Raises:
        FactoryError: A setting is given that this data set does not take, or no
            training examples are left.
    """
    takes = data_sets[name]
    known = {key for one in data_sets.values() for key in one}
    stated = {k: v for k, v in given.items() if k in known and v is not None}
    for key in stated:
        if key not in takes:
            others = " or ".join(f'"{n}"' for n, one in data_sets.items() if key in one)
            raise FactoryError(f'{kind} "{name}" takes no "{key}": {others} does', key)
    resolved = {**takes, **stated}
    check_shares(**resolved)
    return resolved


def check_shares(held_out: float = 0.0, validation: float = 0.0, **rest: Any) -> None:
    """Check that two parts of the examples leave some for training.

    Args:
        held_out: Share of held-out examples.
        validation: Share of validation examples.
        **rest: Other settings, which are ignored.

    Raises:
        FactoryError: They do not.
    """
    del rest
    if held_out + validation >= 1:
        words = f"with held_out = {held_out:g} no training examples are left"
        raise FactoryError(words, "validation", value=f"{validation:g}")


def shares(held_out: float = 0.2, validation: float = 0.0, **rest: Any) -> dict:
    """Return the shares of a problem that has one data set, checked.

    Raises:
        FactoryError: As `check_shares`.
    """
    del rest
    check_shares(held_out, validation)
    return {"held_out": held_out, "validation": validation}


def declares(
    *,
    resolve: Callable[..., dict[str, Any]] | None = None,
    without_optimum: Callable[..., bool] | None = None,
    metrics: Callable[..., list[str]] | None = None,
    remark: Callable[..., str] | None = None,
) -> Callable[[F], F]:
    """Attach rules to a problem's factory that its signature cannot state.

    Args:
        resolve: Settings -> those of the data, with their defaults. It raises
            FactoryError if settings exclude each other, and draws no data.
        without_optimum: Settings -> whether the problem is known to have no
            certificate, for any data.
        metrics: Settings -> the names of its metrics.
        remark: Settings -> what the problem's label says in every table and plot; empty
            for nothing.
    """

    def attach(factory: F) -> F:
        factory.__dict__.update(
            resolve=resolve,
            without_optimum=without_optimum,
            metrics=metrics,
            remark=remark,
        )
        return factory

    return attach


def never(**settings: Any) -> bool:
    """Return True, for `declares`: no such problem has a certified optimum."""
    del settings
    return True


def reports(*names: str) -> Callable[..., list[str]]:
    """Return the function for `declares` that names metrics, whatever the settings."""

    def metrics(**settings: Any) -> list[str]:
        del settings
        return list(names)

    return metrics
