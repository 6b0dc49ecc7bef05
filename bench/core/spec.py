"""The spec of one trial, in plain values that can be written as JSON."""

from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, NamedTuple

from annotated_types import Ge

SCIPY = "scipy."
"""What the names of SciPy's methods begin with."""


def is_scipy(name: str) -> bool:
    """Return whether an optimizer's name is that of a method of SciPy."""
    return name.startswith(SCIPY)


@dataclass(frozen=True)
class Named:
    """A factory's name and its settings, as a config states them."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """What a trial must reach: training losses or suboptimalities, not both.

    It ends at the least of several.
    """

    loss: float | list[float] | None = None
    suboptimality: float | list[float] | None = None


class Limit(NamedTuple):
    """A bound of a budget on something that the meter or the loop counts.

    Attributes:
        field: Of `Budget`.
        words: For people.
        kind: The kind of call that is bounded; empty for steps.
    """

    field: str
    words: str
    kind: str


LIMITS = (
    Limit("steps", "steps", ""),
    Limit("gradients", "gradients", "gradient"),
    Limit("forwards", "forward passes", "forward"),
)


@dataclass(frozen=True)
class Budget:
    """What a trial may spend; it ends at whichever is spent first.

    Attributes:
        seconds: On the clock.
        compile_seconds: Off the clock; a compilation that lasts longer fails.
        steps, gradients, forwards: Calls, as the meter reads them.
        target: Ends the trial when reached.
    """

    seconds: float = 60.0
    compile_seconds: float = 300.0
    steps: int | None = None
    gradients: int | None = None
    forwards: int | None = None
    target: Target | None = None

    def most(self, limit: Limit) -> int | None:
        """Return the bound that a limit sets; None for no bound."""
        return getattr(self, limit.field)


@dataclass(frozen=True)
class Batch:
    """The examples of a step.

    Attributes:
        size: How many.
        replace: Drawn independently; else in turn, epochs being shuffles of all.
        stream: Fresh from the problem's generator, none of them ever twice.
    """

    size: Annotated[int, Ge(1)]
    replace: bool = False
    stream: bool = False


@dataclass(frozen=True)
class Spec:
    """One optimizer with fixed settings, on one problem, with one seed.

    Attributes:
        gradient: The gradient source.
        gradient_step: Length of a difference; None goes by dtype and params.
        batch: The examples of a step; None for all.
        label: What people call the optimizer; its name where none is given.
        problem_label: The same of the problem.
        family: The label that all settings of the optimizer share, tuned or not.
        tuned: Whether tuning chose the settings; None where nothing is tuned.
        key: Names the trial's files.
    """

    problem: Named
    optimizer: Named
    budget: Budget = Budget()
    seed: int = 0
    round: int = 0
    dtype: str = "float32"
    matmul_precision: str = "highest"
    every_step: bool = False
    label: str = ""
    problem_label: str = ""
    family: str = ""
    tuned: bool | None = None
    key: str = ""
    gradient: str = "autodiff"
    gradient_step: float | None = None
    batch: Batch | None = None

    def __post_init__(self) -> None:
        """Fill in the labels that are not given."""
        label = self.label or self.optimizer.name
        filled = {
            "label": label,
            "family": self.family or label,
            "problem_label": self.problem_label or self.problem.name,
        }
        for name, value in filled.items():
            object.__setattr__(self, name, value)

    @property
    def oracle_settings(self) -> dict[str, Any]:
        """Gradient source and batch as flat settings, those that are no default."""
        flat: dict[str, Any] = {}
        if self.gradient != "autodiff":
            flat["gradient"] = self.gradient
        if self.gradient_step is not None:
            flat["gradient_step"] = self.gradient_step
        if self.batch is not None:
            flat["batch"] = self.batch.size
            flags = ("replace", "stream")
            flat |= {flag: True for flag in flags if getattr(self.batch, flag)}
        return flat

    def to_json(self) -> dict[str, Any]:
        """Return plain dicts, lists, strings and numbers."""
        return asdict(self)
