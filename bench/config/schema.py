"""A config's tables and the types and ranges of their keys."""

import math
import re
from collections.abc import Callable, Iterator
from itertools import islice, product
from math import prod
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ..core.costs import COSTS
from ..core.spec import Precision

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


def _share(value: Any) -> Any:
    if max(value if isinstance(value, list) else [value]) >= 1:
        raise ValueError("should be less than 1, which is that of the start")
    return _above_zero(value)


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

    `relative_suboptimality` is a share of that of the start.

    Any other key is the name of a metric. `metric` states one whose direction does not
    follow from its name, with its values, `above` or `below`.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Levels] = Field(init=False)  # pyright: ignore

    loss: Levels = None
    suboptimality: Annotated[Levels, AfterValidator(_above_zero)] = None
    relative_suboptimality: Annotated[Levels, AfterValidator(_share)] = None
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
    forward_equivalents: Count | None = None
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
    forward_equivalents: Count | None = None


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
    """`[[problems]]`; its target applies to every optimizer on this problem.

    `class` states what kind of problem it is, for tables of all problems of a kind.
    """

    target: TargetTable | None = None
    problem_class: Words | None = Field(default=None, alias="class")


def _by_path(value: Any) -> Any:
    """Turn nested tables of ranges into one by the paths of the settings."""
    if not isinstance(value, dict):
        return value
    ranges: dict[str, Any] = {}
    for key, inner in value.items():
        nests = isinstance(inner, dict) and not {*inner} & {*RangeTable.model_fields}
        further = _by_path(inner) if nests else {}
        ranges |= {f"{key}.{path}": ends for path, ends in further.items()}
        if not further:
            ranges[key] = inner
    return ranges


class OptimizerEntry(Entry):
    """`[[optimizers]]`; `space` states the range of each setting to tune.

    The key of a range is the path of its setting: "learning_rate.peak_value".
    """

    budget: OwnBudgetTable | None = None
    space: Annotated[dict[str, RangeTable] | None, BeforeValidator(_by_path)] = None


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


Kept = Literal["float32", "float64", "bfloat16", "float16"]


class PrecisionTable(ConfigTable):
    """`precision`: dtypes of params, passes and state; by default the run's dtype."""

    params: Kept | None = None
    compute: Kept | None = None
    state: Kept | None = None


class Config(ConfigTable):
    """A whole config."""

    name: Annotated[str, AfterValidator(_safe)]
    seeds: Annotated[list[Seed], BeforeValidator(_list)] = Field(
        default_factory=lambda: [0]
    )
    rounds: Annotated[int, Ge(1), Le(_MOST_SEEDS)] = 1
    dtype: Literal["float32", "float64", "bfloat16"] = "float32"
    precision: PrecisionTable | None = None
    matmul_precision: Literal["default", "high", "highest"] = "highest"
    every_step: bool = False
    timed: bool = True
    certificate_seconds: Positive = 60.0
    quick: list[Words] = Field(default_factory=list)
    budget: BudgetTable = BudgetTable()
    evaluation: EvaluationTable = EvaluationTable()
    tuning: TuningTable | None = None
    problems: Annotated[list[ProblemEntry], AfterValidator(_full)]
    optimizers: Annotated[list[OptimizerEntry], AfterValidator(_full)]

    @property
    def dtypes(self) -> dict[str, Any]:
        """The fields of a `Spec` for the dtype, and for those of a step if they differ.

        A problem is made, certified and evaluated in float32 at least.
        """
        given = self.precision or PrecisionTable()
        parts = [x or self.dtype for x in (given.params, given.compute, given.state)]
        dtype = self.dtype if self.dtype in ("float32", "float64") else "float32"
        same = set(parts) == {dtype}
        return {"dtype": dtype, "precision": None if same else Precision(*parts)}
