"""A config's tables: the keys of each, with types, ranges and defaults."""

from collections.abc import Iterator
from itertools import islice, product
from math import prod
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ..core.spec import Precision
from .key_types import (
    MOST_SEEDS,
    Count,
    Devices,
    Filled,
    Levels,
    Name,
    Positive,
    Relative,
    Seed,
    Seeds,
    Suboptimality,
    Unit,
    Words,
    filled,
    finite,
    seeds_from,
    steps_as_table,
)


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
    """The training loss to reach."""
    suboptimality: Suboptimality = None
    """The loss minus the certified least loss."""
    relative_suboptimality: Relative = None
    """A share of the suboptimality at the start of seed 0."""
    metric: Words | None = None
    """A metric whose direction its name does not say; with above or below."""
    above: Levels = None
    """What `metric` has to be at or above."""
    below: Levels = None
    """What `metric` has to be at or below."""
    kept: Count | None = None
    """Evaluations in a row that have to meet it."""

    @property
    def by_name(self) -> dict[str, Any]:
        """The values of metrics, by their names."""
        return dict(self.model_extra or {})


class BudgetTable(ConfigTable):
    """`[budget]`: what each trial may spend."""

    seconds: Positive = 60.0
    """Seconds on the clock."""
    compile_seconds: Positive = 300.0
    """CPU seconds for making the data and the program."""
    steps: Count | None = None
    """The most steps."""
    gradients: Count | None = None
    """The most gradients, as metered."""
    forwards: Count | None = None
    """The most forward passes, as metered."""
    forward_equivalents: Count | None = None
    """All calls at their nominal prices, in forward passes; a gradient counts 3."""
    target: TargetTable | None = None
    """A trial ends when it reaches it."""


class EveryTable(ConfigTable):
    """`every = { epochs = 1 }`, or `growth`; a number stands for `steps`."""

    steps: Count | None = None
    """Steps between two evaluations."""
    epochs: Positive | None = None
    """Passes over the training examples between two evaluations."""
    growth: Annotated[float, Gt(1), AfterValidator(finite)] | None = None
    """The factor from the step of one evaluation to that of the next."""


class EvaluationTable(ConfigTable):
    """`[evaluation]`: the steps at which trials are evaluated, off the clock."""

    every: Annotated[
        EveryTable | None,
        BeforeValidator(steps_as_table, json_schema_input_type=Count | EveryTable),
    ] = None
    """How far apart trials are evaluated; a number is of steps."""
    kept: Count = 1
    """Evaluations in a row that have to meet a target."""


class OwnBudgetTable(ConfigTable):
    """`[optimizers.budget]`: limits that replace those of the run's budget."""

    seconds: Positive | None = None
    """Seconds on the clock."""
    steps: Count | None = None
    """The most steps."""
    gradients: Count | None = None
    """The most gradients, as metered."""
    forwards: Count | None = None
    """The most forward passes, as metered."""
    forward_equivalents: Count | None = None
    """All calls at their nominal prices, in forward passes."""


class Entry(ConfigTable):
    """A factory's name, its label, its settings, and its grid."""

    model_config = ConfigDict(extra="allow")

    name: Words
    """A listed name, path/to/file.py:factory or package.module:factory."""
    label: Words | None = None
    """The name in tables and plots; by default that of the factory."""
    grid: dict[str, Filled] = Field(default_factory=dict)
    """Lists of values of settings; every combination is run."""

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
    """The target on this problem, for every optimizer."""
    problem_class: Words | None = Field(default=None, alias="class")
    """What kind of problem it is, for tables of each kind."""


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


_Ranges = RangeTable | dict[str, RangeTable | dict[str, dict[str, Any]]]
"""A range, or a table with those of inner settings."""


class OptimizerEntry(Entry):
    """`[[optimizers]]`; `space` states the range of each setting to tune.

    The key of a range is the path of its setting: "learning_rate.peak_value".
    """

    budget: OwnBudgetTable | None = None
    """Limits that replace those of the run's budget."""
    space: Annotated[
        dict[str, RangeTable] | None,
        BeforeValidator(_by_path, json_schema_input_type=dict[str, _Ranges]),
    ] = None
    """The ranges in which [tuning] looks; by default the optimizer's own."""


class TuningTable(ConfigTable):
    """`[tuning]`: the budget and the rules for choosing each optimizer's settings."""

    budget: Positive
    """What each setting may spend on each seed, in `unit`."""
    unit: Unit = "forward_equivalents"
    """The unit of `budget`, and of the cost to the target."""
    trials: Annotated[int, Ge(2), Le(10_000)] = 12
    """Settings of the first sweep: the untuned one, and others in the ranges."""
    refine: Annotated[int, Ge(0), Le(10_000)] = 6
    """Settings of the last sweep, near the best one."""
    criterion: Words = "cost"
    """What decides: cost, final_loss, area or a metric."""
    higher_is_better: bool | None = None
    """Whether more of the criterion is better, if its name does not say."""
    seeds: Annotated[list[Seed], seeds_from(1_000_000)] = Field(
        default_factory=lambda: list(range(1_000_000, 1_000_003))
    )
    """Seeds by which settings are chosen."""
    score_seeds: Annotated[list[Seed], seeds_from(2_000_000)] = Field(
        default_factory=lambda: list(range(2_000_000, 2_000_006))
    )
    """Other seeds, on which the chosen settings are scored."""
    draw_seeds: Seeds = Field(default_factory=lambda: [0])
    """With each of them settings are drawn and chosen anew."""
    steps: Count = 10_000
    """The most steps of a setting."""
    seconds: Positive = 600.0
    """A sweep that takes longer is stopped."""
    widen: Annotated[int, Ge(0), Le(10)] = 2
    """How often a range grows if the best setting is at its end."""
    untuned: bool = True
    """Whether the untuned optimizers run too."""


Kept = Literal["float32", "float64", "bfloat16", "float16"]


class PrecisionTable(ConfigTable):
    """`precision`: dtypes of params, passes and state; by default the run's dtype."""

    params: Kept | None = None
    """Of the params between two steps."""
    compute: Kept | None = None
    """Of passes over the examples, and their derivatives."""
    state: Kept | None = None
    """Of the floats of the optimizer's state between two steps."""


class Config(ConfigTable):
    """A whole config."""

    name: Name
    """The run's name, and its folder in results/."""
    seeds: Seeds = Field(default_factory=lambda: [0])
    """Seeds of the start points; 3 stands for 0, 1, 2."""
    rounds: Annotated[int, Ge(1), Le(MOST_SEEDS)] = 1
    """How often all trials run, each time in a fresh process and another order."""
    dtype: Literal["float32", "float64", "bfloat16"] = "float32"
    """Of data, params and steps."""
    precision: PrecisionTable | None = None
    """The dtypes of the parts of a step, where they differ."""
    matmul_precision: Literal["default", "high", "highest"] = "highest"
    """JAX's precision of matrix products on a GPU or TPU."""
    devices: Devices = 1
    """Among how many devices each problem's examples are divided, or "all"."""
    every_step: bool = False
    """Record every step; otherwise later ones less and less often."""
    timed: bool = True
    """Measure seconds and prices; otherwise only count calls, on all cores."""
    certificate_seconds: Positive = 60.0
    """Seconds for the certificate of each problem."""
    quick: list[Words] = Field(default_factory=list)
    """What --quick changes, each item written as for --set, or keeps, as for --only."""
    budget: BudgetTable = BudgetTable()
    """What each trial may spend."""
    evaluation: EvaluationTable = EvaluationTable()
    """When trials are evaluated, off the clock."""
    tuning: TuningTable | None = None
    """How the settings of each optimizer are chosen first."""
    problems: Annotated[list[ProblemEntry], AfterValidator(filled)]
    """What is minimised; each by every optimizer."""
    optimizers: Annotated[list[OptimizerEntry], AfterValidator(filled)]
    """What is compared."""

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
