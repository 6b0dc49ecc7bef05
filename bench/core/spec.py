"""The spec of one trial, in plain values that can be written as JSON."""

from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Annotated, Any, Literal, NamedTuple

from annotated_types import Ge, Gt

from .checking import ADDED

BEST_KNOWN = "best_known"
"""The setting of a problem that states the best loss known."""
SCIPY = "scipy."
"""The prefix of the names of SciPy's methods."""


def is_scipy(name: str) -> bool:
    """Return whether an optimizer's name is that of a method of SciPy."""
    return name.startswith(SCIPY)


@dataclass(frozen=True)
class Named:
    """A factory's name and its settings, as a config states them.

    Attributes:
        fingerprint: Of what name and settings leave open: files and arrays of the
            user's own; empty if there are none.
    """

    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""


@dataclass(frozen=True)
class Target:
    """What a trial must reach: losses, suboptimalities, or values of one metric.

    A relative suboptimality is (f - f*) / (f_0 - f*), f_0 the loss at the start of
    seed 0, so that a problem has the same targets for all seeds.

    One kind only. Of several targets the hardest ends the trial.

    Attributes:
        loss, suboptimality, relative_suboptimality: Of the training examples.
        metric: The column of another metric, of `value`; empty for none.
        value: What it must reach.
        higher_is_better: Whether the metric must be at or above its value.
        kept: For how many successive evaluations it must stay there.
    """

    loss: float | list[float] | None = None
    suboptimality: float | list[float] | None = None
    metric: str = field(default="", metadata=ADDED)
    value: float | list[float] | None = field(default=None, metadata=ADDED)
    higher_is_better: bool = field(default=False, metadata=ADDED)
    kept: int = field(default=1, metadata=ADDED)
    relative_suboptimality: float | list[float] | None = field(
        default=None, metadata=ADDED
    )

    @property
    def needs_optimum(self) -> bool:
        """Whether its loss follows from the least loss of the problem."""
        return self.suboptimality is not None or self.relative_suboptimality is not None

    @property
    def words(self) -> str:
        """The target in words: `loss <= 0.3`, `held_out_accuracy >= [0.9, 0.95]`."""
        sign = ">=" if self.higher_is_better else "<="
        names = ("loss", "suboptimality", "relative_suboptimality")
        kinds = {name: getattr(self, name) for name in names}
        kinds |= {self.metric: self.value}
        words = [f"{kind} {sign} {x}" for kind, x in kinds.items() if x is not None]
        kept = f", kept for {self.kept} evaluations" if self.kept > 1 else ""
        return " and ".join(words) + kept


@dataclass(frozen=True)
class Every:
    """How far apart the evaluations of a trial are; see `looks`.

    At most one is stated; otherwise they are as far apart as their cost demands.

    Attributes:
        steps: A number of steps.
        epochs: Passes over the training examples.
        growth: The factor from one step to the next.
    """

    steps: Annotated[int, Ge(1)] | None = None
    epochs: Annotated[float, Gt(0)] | None = None
    growth: Annotated[float, Gt(1)] | None = None


class Limit(NamedTuple):
    """A limit of a budget on a number that the meter or the loop counts.

    Attributes:
        field: The field of `Budget`.
        words: In messages.
        kind: The kind of call that is limited; empty for steps.
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
    """The most that a trial may spend; it ends at the first limit that it reaches.

    Attributes:
        seconds: On the clock.
        compile_seconds: Off the clock; a trial that compiles longer ends `failed`.
        steps, gradients, forwards: Calls, as the meter reads them.
        forward_equivalents: All calls together at their nominal prices, which are the
            same on every machine.
        target: Ends the trial when reached.
    """

    seconds: float = 60.0
    compile_seconds: float = 300.0
    steps: int | None = None
    gradients: int | None = None
    forwards: int | None = None
    target: Target | None = None
    forward_equivalents: int | None = field(default=None, metadata=ADDED)

    def most(self, limit: Limit) -> int | None:
        """Return the value of a limit; None for no limit."""
        return getattr(self, limit.field)


Last = Literal["span", "drop", "pad"]


@dataclass(frozen=True)
class Batch:
    """The examples of a step.

    Attributes:
        size: The number of examples.
        replace: Drawn independently; otherwise from shuffled epochs.
        stream: Fresh from the problem's generator; none is drawn twice.
        last: What the last batch of an epoch holds if `size` does not divide the number
            of examples: the end of this epoch and the beginning of the next (`span`);
            nothing, as the rest of the epoch is left out (`drop`); or the rest, filled
            up with the epoch's first examples, which then count twice (`pad`).
    """

    size: Annotated[int, Ge(1)]
    replace: bool = False
    stream: bool = False
    last: Last = field(default="span", metadata=ADDED)

    def steps_per_epoch(self, count: int) -> float:
        """Return the number of steps of an epoch; a whole one for `drop` and `pad`.

        Args:
            count: The number of training examples.
        """
        if self.last == "drop":
            return count // self.size
        return -(-count // self.size) if self.last == "pad" else count / self.size


@dataclass(frozen=True)
class Precision:
    """The dtypes of a trial's parts; the problem is evaluated in the trial's dtype.

    Attributes:
        params: Of the params.
        compute: Of passes over the examples, derivatives too.
        state: Of the optimizer's state between two steps; its floats are computed in
            its own dtypes.
    """

    params: str
    compute: str
    state: str

    @property
    def words(self) -> str:
        """The dtypes as a few words, for people."""
        if self.params == self.compute == self.state:
            return self.params
        return f"{self.params} params, {self.compute} compute, {self.state} state"


@dataclass(frozen=True)
class Spec:
    """One optimizer with fixed settings, on one problem, with one seed.

    Attributes:
        gradient: The gradient source.
        gradient_step: Length of a difference; None derives it from dtype and params.
        batch: The examples of a step; None for all.
        evaluation: The steps at which it is evaluated.
        label: The optimizer's name in tables and plots; by default its own name.
        problem_label: The same of the problem.
        problem_class: What kind of problem it is, as the config states it.
        family: The label that all settings of the optimizer share, tuned or not.
        tuned: Whether tuning chose the settings; None in a run without tuning.
        draw_seeds: The draw seeds of tuning with which these settings were chosen.
        dtype: Of the problem and its evaluations.
        precision: Of the steps, where that is not `dtype`.
        timed: Whether its seconds are measured; otherwise calls and losses alone.
        devices: Among how many devices the training examples are divided.
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
    draw_seeds: tuple[int, ...] = ()
    key: str = ""
    gradient: str = "autodiff"
    gradient_step: float | None = None
    batch: Batch | None = None
    precision: Precision | None = field(default=None, metadata=ADDED)
    evaluation: Every = field(default=Every(), metadata=ADDED)
    problem_class: str = field(default="", metadata=ADDED)
    timed: bool = field(default=True, metadata=ADDED)
    devices: int = field(default=1, metadata=ADDED)

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
    def batch_size(self) -> int | None:
        """The number of examples of a call; None for all training examples."""
        return None if self.batch is None else self.batch.size

    @property
    def best_known(self) -> float | None:
        """The best loss known, if the problem states it for want of a certificate."""
        return self.problem.settings.get(BEST_KNOWN)

    @property
    def arithmetic(self) -> str:
        """The dtypes of a step as a few words, which differ where the dtypes do."""
        return self.dtype if self.precision is None else self.precision.words

    @property
    def oracle_settings(self) -> dict[str, Any]:
        """Gradient source and batch as flat settings, without default values."""
        flat: dict[str, Any] = {}
        if self.gradient != "autodiff":
            flat["gradient"] = self.gradient
        if self.gradient_step is not None:
            flat["gradient_step"] = self.gradient_step
        if self.batch is not None:
            flat["batch"] = self.batch.size
            flags = ("replace", "stream")
            flat |= {flag: True for flag in flags if getattr(self.batch, flag)}
            if self.batch.last != "span":
                flat["last"] = self.batch.last
        return flat

    @property
    def stated_settings(self) -> dict[str, Any]:
        """All settings of optimizer, gradient source and batch, flat, for people.

        One of the optimizer whose name the others have too is `settings.NAME`.
        """
        oracle = self.oracle_settings
        named = {
            f"settings.{k}" if k in oracle else k: k for k in self.optimizer.settings
        }
        own = {shown: self.optimizer.settings[k] for shown, k in named.items()}
        return own | oracle

    def to_json(self) -> dict[str, Any]:
        """Return plain dicts, lists, strings and numbers.

        A field that older versions do not know is left out while it has its default:
        the keys of trials that do not use it stay what they were.
        """
        return _without_defaults(self, asdict(self))


def _without_defaults(record: Any, plain: dict[str, Any]) -> dict[str, Any]:
    """Leave out `ADDED` fields that have their defaults, in nested records too."""
    for part in fields(record):
        value = getattr(record, part.name)
        if part.metadata == ADDED and value == part.default:
            del plain[part.name]
        elif is_dataclass(value):
            _without_defaults(value, plain[part.name])
    return plain
