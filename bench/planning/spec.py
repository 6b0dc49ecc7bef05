"""What one trial is to do, in plain values that travel as JSON."""

from dataclasses import asdict, dataclass, field, fields
from typing import Annotated, Any

from annotated_types import Ge


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


@dataclass(frozen=True)
class Batch:
    """The examples of a step.

    Attributes:
        size: How many.
        replace: Drawn each for itself; else in turn, epochs being shuffles of all.
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
    key: str = ""
    gradient: str = "autodiff"
    gradient_step: float | None = None
    batch: Batch | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain dicts, lists, strings and numbers."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> "Spec":
        """Undo `to_json`."""
        values = {f.name: plain[f.name] for f in fields(cls) if f.name in plain}
        values["problem"] = Named(**plain["problem"])
        values["optimizer"] = Named(**plain["optimizer"])
        budget = dict(plain["budget"])
        if budget.get("target") is not None:
            budget["target"] = Target(**budget["target"])
        values["budget"] = Budget(**budget)
        if values.get("batch") is not None:
            values["batch"] = Batch(**values["batch"])
        return cls(**values)
