"""Steps that a config states as shares of the budget, as numbers of steps."""

from collections.abc import Iterator
from math import ceil
from typing import Any

from factories import shown

from ..core.costs import COSTS
from ..core.readings import nominal_prices
from .positions import Path
from .schema import Config, OptimizerEntry, TuningTable

WORD = "budget"
"""As a setting's value: the whole budget; as the only key of a table: a share of it."""
_NO_STEPS = "the budget has no number of steps: state its steps or its gradients"
Fault = tuple[Path, str]


def with_steps(config: Config) -> tuple[Config, list[Fault]]:
    """Return a config whose optimizers state numbers of steps, and what is wrong.

    `decay_steps = "budget"` becomes the steps of the optimizer's budget, and
    `{ budget = 0.05 }` a share of them. Inside a stage they are those of the stage.
    """
    entries, faults = [], []
    for index, entry in enumerate(config.optimizers):
        place = ("optimizers", index)
        found = _Steps(_most(config, entry))
        settings = found.table((), {"name": entry.name, **entry.settings}, found.most)
        del settings["name"]
        grid = {
            key: [found.value(("grid", key, i), v, found.most) for i, v in enumerate(x)]
            for key, x in entry.grid.items()
        }
        entries.append(entry.model_copy(update={**settings, "grid": grid}))
        faults += [((*place, *path), words) for path, words in found.faults]
        if found.used and not found.faults:
            faults += _cut_short(config.tuning, entry, index, found.most)
    return config.model_copy(update={"optimizers": entries}), faults


def _most(config: Config, entry: OptimizerEntry) -> int | None:
    """Return the most steps of an optimizer's trials; a step makes a gradient."""
    run, own = config.budget, entry.budget
    stated = {
        name: (own and getattr(own, name)) or getattr(run, name)
        for name in ("steps", "gradients", "forward_equivalents")
    }
    if (whole := stated["forward_equivalents"]) is not None:
        stated["forward_equivalents"] = ceil(whole / nominal_prices()["gradient"])
    return min((n for n in stated.values() if n is not None), default=None)


class _Steps:
    """Goes through an optimizer's settings.

    Attributes:
        most: The steps of the budget, if it has a number of them.
        used: Whether a setting is a share of the budget.
        faults: What is wrong.
    """

    def __init__(self, most: int | None):
        self.most, self.used = most, False
        self.faults: list[Fault] = []

    def value(self, path: Path, value: Any, most: int | None) -> Any:
        """Return a setting with numbers for shares of `most` steps."""
        if value == WORD:
            return self._share(path, value, 1.0, most)
        if isinstance(value, dict):
            if set(value) == {WORD}:
                return self._share(path, value, value[WORD], most)
            return self.table(path, value, most)
        if isinstance(value, list):
            return [self.value((*path, i), x, most) for i, x in enumerate(value)]
        return value

    def table(self, path: Path, table: dict[str, Any], most: int | None) -> Any:
        """Return a table with numbers for the shares in it."""
        stages = table.get("stages")
        if table.get("name") == "stages" and isinstance(stages, list):
            inside = [*self._stages((*path, "stages"), stages, most)]
            return {**table, "stages": inside}
        return {key: self.value((*path, key), v, most) for key, v in table.items()}

    def _stages(
        self, path: Path, stages: list[Any], most: int | None
    ) -> Iterator[dict[str, Any]]:
        """Yield each stage, with shares of its own steps, the last of what is left."""
        left = most
        for place, stage in enumerate(stages):
            if not isinstance(stage, dict):
                yield stage
                continue
            here, steps = (*path, place), stage.get("steps")
            steps = self.value((*here, "steps"), steps, most)
            taken = steps if type(steps) is int and steps >= 1 else None
            own = left if taken is None else taken
            inside = {k: v for k, v in stage.items() if k != "steps"}
            made = self.table(here, inside, own)
            yield made if steps is None else {**made, "steps": steps}
            if left is not None and taken is not None:
                left = max(1, left - taken)

    def _share(self, path: Path, value: Any, share: Any, most: int | None) -> Any:
        is_number = isinstance(share, int | float) and not isinstance(share, bool)
        if not is_number or not 0 < share <= 1:
            words = ": the share of the budget should be above 0 and at most 1"
            self.faults.append(((*path, WORD), f" = {shown(share)}{words}"))
            return value
        self.used = True
        if most is None:
            self.faults.append((path, f": {_NO_STEPS}"))
            return value
        return max(1, round(share * most))


def _cut_short(
    tuning: TuningTable | None, entry: OptimizerEntry, index: int, most: int | None
) -> Iterator[Fault]:
    """Yield a fault if tuning ends before what is tied to the budget of the trials.

    Settings are chosen for the trials, so that a schedule is the same in both.
    """
    if tuning is None or most is None or entry.space == {}:
        return
    steps = tuned_steps(tuning)
    if steps < most:
        words = (
            f": ends a setting after {steps:,} steps, and optimizers.{index} is tied "
            f"to {most:,} steps, the budget of a trial: {_enough(tuning, most)}"
        )
        yield ("tuning", "steps" if steps == tuning.steps else "budget"), words


def tuned_steps(tuning: TuningTable) -> int:
    """Return the most steps of a setting in tuning; a step makes a gradient."""
    price = _price(tuning.unit)
    within = ceil(tuning.budget / price) if price else tuning.steps
    return min(tuning.steps, within)


def _price(unit: str) -> float | None:
    """Return what a step costs at least, in a unit of tuning; None if nothing."""
    if COSTS[unit].priced:
        return nominal_prices()["gradient"]
    return 1.0 if unit in ("steps", "gradient") else None


def _enough(tuning: TuningTable, most: int) -> str:
    price = _price(tuning.unit)
    budget = f"budget = {ceil(most * price)}" if price else ""
    steps = f"steps = {most}" if tuning.steps < most else ""
    return "give " + " and ".join(filter(None, (budget, steps)))
