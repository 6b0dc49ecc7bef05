"""A config's tables and the types and ranges of their keys."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice, product
from math import prod
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

import factories
from factories import FactoryError

from ..core.costs import COSTS
from ..core.spec import Batch

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_MOST_SEEDS = 100_000


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("should be finite")
    return value


def _safe(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("names a folder: letters, digits, . _ - only, at most 80")
    return name


def _one_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("should be one line of text")
    return text


def _list(value: Any) -> Any:
    """Turn a count of seeds into the seeds 0, 1, ..., count - 1."""
    if isinstance(value, bool) or not isinstance(value, int | list):
        raise ValueError("should be a count or a list of whole numbers")
    if isinstance(value, list):
        if not value or len(set(map(repr, value))) < len(value):
            raise ValueError("should list at least one seed, and none twice")
        return value
    if not 1 <= value <= _MOST_SEEDS:
        raise ValueError(f"should be from 1 to {_MOST_SEEDS:,}")
    return list(range(value))


def _from(first: int) -> Callable[[Any], Any]:
    """Return a `_list` whose counts start at a seed far from those of a run."""

    def listed(value: Any) -> Any:
        seeds = _list(value)
        return seeds if isinstance(value, list) else [first + seed for seed in seeds]

    return listed


def _levels(value: Any) -> Any:
    """Check a list here, so that the error is one line and not one per union member."""
    values = value if isinstance(value, list) else [value]
    if not values or len(set(map(repr, values))) < len(values):
        raise ValueError("should list at least one value, and none twice")
    for each in values:
        if isinstance(each, bool) or not isinstance(each, int | float):
            raise ValueError("should be a number or a list of numbers")
        _finite(each)
    floats = [float(each) for each in values]
    return floats if isinstance(value, list) else floats[0]


def _above_zero(value: Any) -> Any:
    if min(value if isinstance(value, list) else [value]) <= 0:
        raise ValueError("should be greater than 0")
    return value


def _steps(value: Any) -> Any:
    """Turn a number of steps into a table."""
    if isinstance(value, bool) or not isinstance(value, int | dict):
        raise ValueError(
            "should be a number of steps, or { epochs = 1 } or { growth = 1.1 }"
        )
    return {"steps": value} if isinstance(value, int) else value


def _full(values: list[Any]) -> list[Any]:
    if not values:
        raise ValueError("should list at least one value")
    return values


def _tunes(name: str) -> str:
    if name not in _UNITS:
        *first, last = (f"'{unit}'" for unit in _UNITS)
        raise ValueError(f"should be {', '.join(first)} or {last}")
    return name


_UNITS = [cost.name for cost in COSTS.values() if cost.tunes]
Unit = Annotated[str, AfterValidator(_tunes)]
Positive = Annotated[float, Gt(0), AfterValidator(_finite)]
Levels = Annotated[Any, AfterValidator(_levels)]
Count = Annotated[int, Ge(1)]
Seed = Annotated[int, Ge(0), Le(2**32 - 1)]
Words = Annotated[str, AfterValidator(_one_line)]


class ConfigTable(BaseModel):
    """A table with known keys only, of exactly the stated types."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TargetTable(ConfigTable):
    """`target = { suboptimality = 1e-6 }`, a `loss`, or a metric; a list for several.

    Any other key is the name of a metric. `metric` states one whose direction does not
    follow from its name, with its values, `above` or `below`.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Levels] = Field(init=False)  # pyright: ignore

    loss: Levels = None
    suboptimality: Annotated[Levels, AfterValidator(_above_zero)] = None
    metric: Words | None = None
    above: Levels = None
    below: Levels = None
    kept: Count | None = None

    @property
    def by_name(self) -> dict[str, Any]:
        """The values of metrics, by their names."""
        return dict(self.model_extra or {})


class BudgetTable(ConfigTable):
    """`[budget]`: what each trial may spend."""

    seconds: Positive = 60.0
    compile_seconds: Positive = 300.0
    steps: Count | None = None
    gradients: Count | None = None
    forwards: Count | None = None
    target: TargetTable | None = None


class EveryTable(ConfigTable):
    """`every = { epochs = 1 }`, or `growth`; a number stands for `steps`."""

    steps: Count | None = None
    epochs: Positive | None = None
    growth: Annotated[float, Gt(1), AfterValidator(_finite)] | None = None


class EvaluationTable(ConfigTable):
    """`[evaluation]`: the steps at which trials are evaluated, off the clock."""

    every: Annotated[EveryTable | None, BeforeValidator(_steps)] = None
    kept: Count = 1


class OwnBudgetTable(ConfigTable):
    """`[optimizers.budget]`: limits that replace those of the run's budget."""

    seconds: Positive | None = None
    steps: Count | None = None
    gradients: Count | None = None
    forwards: Count | None = None


class Entry(ConfigTable):
    """A factory's name, its label, its settings, and its grid."""

    model_config = ConfigDict(extra="allow")

    name: Words
    label: Words | None = None
    grid: dict[str, Annotated[list[Any], AfterValidator(_full)]] = Field(
        default_factory=dict
    )

    @property
    def settings(self) -> dict[str, Any]:
        """The factory's settings, without those of the grid."""
        return dict(self.model_extra or {})

    @property
    def count(self) -> int:
        """The number of points of the grid."""
        return prod(len(values) for values in self.grid.values())

    def points(self, most: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield the settings at each point of the grid, the last key fastest."""
        for point in islice(product(*self.grid.values()), most):
            yield self.settings | dict(zip(self.grid, point, strict=True))


class RangeTable(ConfigTable):
    """`learning_rate = { low = 1e-4, high = 1.0 }` in an optimizer's `space`."""

    low: Positive
    high: Positive


class ProblemEntry(Entry):
    """`[[problems]]`; its target applies to every optimizer on this problem."""

    target: TargetTable | None = None


class OptimizerEntry(Entry):
    """`[[optimizers]]`; `space` states the range of each setting to tune."""

    budget: OwnBudgetTable | None = None
    space: dict[str, RangeTable] | None = None


class TuningTable(ConfigTable):
    """`[tuning]`: the budget and the rules for choosing each optimizer's settings."""

    budget: Positive
    unit: Unit = "forward_equivalents"
    trials: Annotated[int, Ge(2), Le(10_000)] = 12
    refine: Annotated[int, Ge(0), Le(10_000)] = 6
    criterion: Words = "cost"
    higher_is_better: bool | None = None
    seeds: Annotated[list[Seed], BeforeValidator(_from(1_000_000))] = Field(
        default_factory=lambda: list(range(1_000_000, 1_000_003))
    )
    score_seeds: Annotated[list[Seed], BeforeValidator(_from(2_000_000))] = Field(
        default_factory=lambda: list(range(2_000_000, 2_000_006))
    )
    draw_seeds: Annotated[list[Seed], BeforeValidator(_list)] = Field(
        default_factory=lambda: [0]
    )
    steps: Count = 10_000
    seconds: Positive = 600.0
    widen: Annotated[int, Ge(0), Le(10)] = 2
    untuned: bool = True


class Config(ConfigTable):
    """A whole config."""

    name: Annotated[str, AfterValidator(_safe)]
    seeds: Annotated[list[Seed], BeforeValidator(_list)] = Field(
        default_factory=lambda: [0]
    )
    rounds: Annotated[int, Ge(1), Le(_MOST_SEEDS)] = 1
    dtype: Literal["float32", "float64"] = "float32"
    matmul_precision: Literal["default", "high", "highest"] = "highest"
    every_step: bool = False
    certificate_seconds: Positive = 60.0
    quick: list[Words] = Field(default_factory=list)
    budget: BudgetTable = BudgetTable()
    evaluation: EvaluationTable = EvaluationTable()
    tuning: TuningTable | None = None
    problems: Annotated[list[ProblemEntry], AfterValidator(_full)]
    optimizers: Annotated[list[OptimizerEntry], AfterValidator(_full)]


Source = Literal[
    "autodiff", "forward_difference", "central_difference", "random_direction"
]
DIFFERENCES = ("forward_difference", "central_difference")
Size = Annotated[int, Ge(1)]
Step = Annotated[float, Gt(0), Le(1e30)]


def oracle_settings(
    *,
    gradient: Source = "autodiff",
    gradient_step: Step | None = None,
    batch: Size | dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the fields of a `Spec` for gradient source and batch.

    Args:
        gradient: The gradient source.
        gradient_step: Length of a difference; None derives it from dtype and params.
        batch: Examples of each step, or a table of `size`, `replace`, `stream`; None
            for all of them.

    Raises:
        FactoryError: Two of them exclude each other.
    """
    if gradient_step is not None and gradient not in DIFFERENCES:
        words = f'gradient = "{gradient}" takes no step; only a difference does'
        raise FactoryError(words, "gradient_step")
    table = {"size": batch} if isinstance(batch, int) else batch
    return {
        "gradient": gradient,
        "gradient_step": None if gradient_step is None else float(gradient_step),
        "batch": None if table is None else _batch(table),
    }


DEFAULTS = factories.defaults(oracle_settings)
OWN = "settings"
"""An entry's table of settings that its factory gets, whatever their names."""


def _batch(table: dict[str, Any]) -> Batch:
    try:
        factories.check(Batch, table)
    except FactoryError as error:
        key = ".".join(filter(None, ("batch", error.key)))
        raise FactoryError(error.explained(), key, value=error.value) from error
    batch = Batch(**table)
    if batch.replace and batch.stream:
        words = "a stream has only fresh examples: `replace` does not apply"
        raise FactoryError(words, "batch.replace")
    return batch


def split(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split an entry's settings into its factory's own and the fields of a `Spec`.

    Raises:
        FactoryError: Gradient source or batch is of the wrong type or out of its
            range, or two keys exclude each other.
    """
    ours = {key: value for key, value in settings.items() if key in DEFAULTS}
    factories.check(oracle_settings, ours)
    own = {key: value for key, value in settings.items() if key not in DEFAULTS}
    return own.pop(OWN, {}) | own, oracle_settings(**ours)


def split_problem(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a problem's settings into its factory's own and the batch on it, if any.

    Raises:
        FactoryError: As in `split`.
    """
    batch = {key: value for key, value in settings.items() if key == "batch"}
    own = {key: value for key, value in settings.items() if key != "batch"}
    own = own.pop(OWN, {}) | own
    fields = split(batch)[1]
    return own, {"batch": fields["batch"]} if batch else {}
