"""Estimate the seconds that a run still takes, from what its parts have taken."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Literal, NamedTuple

Kind = Literal["certificate", "program", "tuning", "trial", "price", "report"]


class Unit(NamedTuple):
    """A part of a run whose end is reported.

    Attributes:
        kind: What is done.
        problem: The problem's label; empty if it is done for all problems.
        optimizer: The optimizer's label; empty if it is done for all optimizers.
    """

    kind: Kind
    problem: str = ""
    optimizer: str = ""


USUAL = {
    "certificate": 0.3,
    "program": 0.6,
    "tuning": 0.3,
    "first": 0.2,
    "trial": 0.06,
    "price": 1.4,
    "report": 0.9,
}
"""Seconds of a unit in the standing comparison on two cores, in the order of a run.

They are the guess for a kind of which no unit has ended. The seconds of `report` are
multiplied by the square root of the number of problems. `first` is the first trial
of an optimizer on a problem, which may have to make a program.
"""
ON_ALL_CORES = ("certificate", "program", "tuning")
"""The kinds of which several units may run side by side."""
SIMILAR = ("program", "tuning", "first", "trial")
"""The kinds whose problems and optimizers are dear or cheap together."""
LONG_PROGRAM = 5.0
"""Seconds: what a first trial takes beyond them, the other trials take too."""
WEIGHT_OF_MEAN = 2.0
"""The number of problems that a guess of the mean is worth: units of a problem agree.

It is worth the less the fewer problems are unseen.
"""
WEIGHT = 2.0
"""The number of units whose duration a guess is worth beside measured ones."""
PASSES = 3
"""Of the fit of the effects, which converges quickly."""

Cell = tuple[str, str]
Effects = Mapping[str, float]


@dataclass
class _Seen:
    """The units of one kind that have ended.

    Attributes:
        count, seconds: The number of units and their seconds, by problem and optimizer.
        wall: Seconds in which units of the kind ran, gaps between them included.
    """

    count: Counter[Cell] = field(default_factory=Counter)
    seconds: dict[Cell, float] = field(default_factory=lambda: defaultdict(float))
    wall: float = 0.0

    def add(self, cell: Cell, seconds: float) -> None:
        """Add a unit."""
        self.count[cell] += 1
        self.seconds[cell] += seconds

    def problems(self) -> int:
        """Return the number of problems."""
        return len({problem for problem, _ in self.count})

    def total(self) -> float:
        """Return the seconds of all units."""
        return sum(self.seconds.values())


@dataclass(frozen=True)
class _Model:
    """seconds = mean * problem effect * optimizer effect.

    Where units of the same problem and optimizer have ended, it is drawn towards their
    mean.
    """

    mean: float
    problems: Effects
    optimizers: Effects
    seen: _Seen

    def seconds(self, cell: Cell) -> float:
        """Return the expected duration of a unit."""
        expected = self.mean * _effect(self, cell)
        count = self.seen.count[cell]
        measured = self.seen.seconds.get(cell, 0.0)
        return (measured + WEIGHT * expected) / (count + WEIGHT)


def _effect(effects: "_Model", cell: Cell) -> float:
    problem, optimizer = cell
    return effects.problems.get(problem, 1.0) * effects.optimizers.get(optimizer, 1.0)


def _fit(seen: _Seen, guess: _Model, unseen: float) -> _Model:
    """Return the model of a kind's units.

    Args:
        seen: Those that have ended.
        guess: The model without them.
        unseen: The share of the run's problems of which none has ended.

    Mean and effects are ratios of measured to expected seconds, drawn towards the
    guess.
    """
    model = _Model(guess.mean, guess.problems, guess.optimizers, seen)
    few = WEIGHT_OF_MEAN * unseen * seen.count.total() / max(seen.problems(), 1)
    for _ in range(PASSES if seen.count else 0):
        expected = sum(n * _effect(model, cell) for cell, n in seen.count.items())
        mean = (seen.total() + few * guess.mean) / (expected + few)
        model = _Model(mean, model.problems, model.optimizers, seen)
        problems = _ratios(model, guess.problems, 0)
        model = _Model(mean, problems, model.optimizers, seen)
        optimizers = _ratios(model, guess.optimizers, 1)
        model = _Model(mean, problems, optimizers, seen)
    return model


def _ratios(model: _Model, guess: Effects, axis: int) -> Effects:
    """Return the effects of the problems (axis 0) or of the optimizers (axis 1).

    Each is the mean of measured over expected seconds, short units like long ones.
    """
    ratios: dict[str, float] = defaultdict(lambda: WEIGHT)
    counts: dict[str, float] = defaultdict(lambda: WEIGHT)
    others = (model.optimizers, model.problems)[axis]
    for cell, count in model.seen.count.items():
        if name := cell[axis]:
            rest = model.mean * others.get(cell[1 - axis], 1.0) * guess.get(name, 1.0)
            ratios[name] += model.seen.seconds[cell] / rest
            counts[name] += count
    fitted = {n: guess.get(n, 1.0) * ratios[n] / counts[n] for n in ratios}
    return {**guess, **fitted}


class TimeLeft:
    """The sum of the expected seconds of all units that have not ended.

    A unit's duration is predicted from its kind's mean, its problem and its optimizer.
    Effects of problems and optimizers are passed on from kind to kind, in the order of
    a run, as their square roots. The seconds of a kind are multiplied by the wall time
    per second of work that was measured for it: with two units side by side it is a
    half.

    All times are seconds on one clock of the caller's.
    """

    def __init__(self) -> None:
        self.planned_units: Counter[Unit] = Counter()
        self.ended_units: Counter[Kind] = Counter()
        self.total_units: Counter[Kind] = Counter()
        self._running: list[tuple[str, Unit, float]] = []
        self._begun: set[Unit] = set()
        self._problems: set[str] = set()
        self._seen = {kind: _Seen() for kind in USUAL}
        self._last: tuple[str, float] | None = None

    def planned(self, units: Iterable[Unit]) -> None:
        """Add units that will be run."""
        for unit in units:
            self.planned_units[unit] += 1
            self.total_units[unit.kind] += 1
            self._problems |= {unit.problem} - {""}

    def replanned(self, kind: Kind, units: Iterable[Unit]) -> None:
        """Replace the planned units of a kind that have not begun."""
        for unit in [each for each in self.planned_units if each.kind == kind]:
            self.total_units[kind] -= self.planned_units.pop(unit)
        self.planned(units)

    def began(self, unit: Unit, now: float) -> None:
        """Note that a unit runs; one that was not planned is added."""
        if not self.planned_units[unit]:
            self.planned([unit])
        self.planned_units[unit] -= 1
        name = _model_name(unit, unit in self._begun)
        self._begun.add(unit)
        self._attribute(name, now)
        self._running.append((name, unit, now))

    def ended(self, unit: Unit, now: float) -> None:
        """Note that a unit has ended; one that never began took no time."""
        found = next((each for each in self._running if each[1] == unit), None)
        if found is None:
            self.planned_units[unit] -= bool(self.planned_units[unit])
        else:
            name, _, start = found
            self._attribute(name, now)
            self._running.remove(found)
            self._seen[name].add(unit[1:], max(now - start, 0.0))
        self.ended_units[unit.kind] += 1

    def _attribute(self, name: str, now: float) -> None:
        """Add the wall time since the last event to the kinds that ran.

        A gap in which nothing ran counts if the same kind of unit ran before and after:
        then the next ones have such gaps too.
        """
        if self._last is not None:
            before, then = self._last
            names = [each[0] for each in self._running]
            if not names and _phase(before) == _phase(name):
                names = [name]
            for each in names:
                self._seen[each].wall += max(now - then, 0.0) / len(names)
        self._last = name, now

    def seconds(self, now: float) -> float:
        """Return the seconds left, 0 if all planned units have ended."""
        return sum(self.parts(now).values())

    def parts(self, now: float) -> dict[str, float]:
        """Return the seconds left of each kind of unit."""
        models = self._models()
        work: dict[str, float] = defaultdict(float)
        for unit, count in self.planned_units.items():
            firsts = int(count > 0 and unit.kind == "trial" and unit not in self._begun)
            if firsts:
                work["first"] += models["first"].seconds(unit[1:])
            if count > firsts:
                rest = models[unit.kind].seconds(unit[1:])
                work[unit.kind] += (count - firsts) * rest
        for name, unit, start in self._running:
            spent = now - start
            work[name] += max(models[name].seconds(unit[1:]) - spent, 0.0)
        return {k: self._wall(k, models[k]) * seconds for k, seconds in work.items()}

    def _models(self) -> dict[str, _Model]:
        """Return the model of each kind.

        Of similar kinds each guesses from the one before, and passes on the square
        roots of its effects, and of its mean over the usual one.
        """
        scale, least = 1.0, 0.0
        problems: Effects = {}
        optimizers: Effects = {}
        models: dict[str, _Model] = {}
        for name, usual in USUAL.items():
            seen, guess = self._seen[name], usual
            if name == "report":
                guess *= sqrt(len(self._problems))
            if name == "first" and self.total_units["program"]:
                guess = USUAL["trial"]
            unseen = 1 - seen.problems() / max(len(self._problems), 1)
            if name not in SIMILAR:
                models[name] = _fit(seen, _Model(guess, {}, {}, seen), unseen)
                continue
            if name == "trial":
                least = models["first"].mean - LONG_PROGRAM
            given = _Model(max(guess * scale, least), problems, optimizers, seen)
            model = models[name] = _fit(seen, given, unseen)
            if seen.count:
                scale = 1.0 if name == "program" else sqrt(model.mean / guess)
                problems = {k: sqrt(v) for k, v in model.problems.items()}
                optimizers = {k: sqrt(v) for k, v in model.optimizers.items()}
        return models

    def _wall(self, name: str, model: _Model) -> float:
        """Return the wall time per second of a kind's units."""
        guess = 1.0
        if name in ON_ALL_CORES:
            others = [self._seen[each] for each in ON_ALL_CORES]
            guess = _ratio(sum(s.wall for s in others), sum(s.total() for s in others))
        seen, few = self._seen[name], 4 * model.mean
        return (seen.wall + few * guess) / (seen.total() + few) if few else guess


def _ratio(wall: float, work: float) -> float:
    return wall / work if work > 0 else 1.0


def _model_name(unit: Unit, again: bool) -> str:
    return "first" if unit.kind == "trial" and not again else unit.kind


def _phase(name: str) -> str:
    return "trial" if name == "first" else name
