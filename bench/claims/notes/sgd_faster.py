"""Cost to a target with all examples, with one, and with a hundred in a step."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ...keeping.reading import Run
from ...measuring.lab import Lab
from ...statistics.intervals import interval
from ..claim import Form, Number, Verdict, word
from ..draw import lines
from ..race import cost, race

CONFIG = """
name = "sgd-faster"
budget = { seconds = 2 }
[[problems]]
name = "logistic_regression"
columns = 20
condition = 10.0
[[optimizers]]
name = "sgd"
label = "all"
grid = { learning_rate = [4.0, 8.0, 12.0] }
[[optimizers]]
name = "sgd"
label = "one"
batch = { size = 1, replace = true }
[optimizers.grid]
learning_rate = [
  0.03,
  { schedule = "one_over_k", init_value = 0.3, tau = 100.0 },
  { schedule = "one_over_k", init_value = 1.0, tau = 100.0 },
]
[[optimizers]]
name = "sgd"
label = "a hundred"
batch = { size = 100, replace = true }
[optimizers.grid]
learning_rate = [
  3.0,
  { schedule = "one_over_k", init_value = 4.0, tau = 30.0 },
  { schedule = "one_over_k", init_value = 4.0, tau = 100.0 },
]
"""
SMALL, LARGE, LARGER = 1_000, 250_000, 1_000_000
FINE = 1e-3
FORMS: dict[str, Form] = {"one": "as it stands", "a hundred": "repaired"}
CONDITION = "a step sees a hundred examples, not one, where it is seconds that count"


def judge(numbers: list[Number]) -> str:
    """On large data all costs at the batch are more than at one example a step.

    In examples and in seconds, to every target, with the whole interval of the ratio
    above 1. Repaired, at a hundred examples a step.
    """

    def faster(form: Form) -> bool:
        mine = [n for n in numbers if n.form == form]
        return bool(mine) and all(n.low > 1 for n in mine)

    return word(faster("as it stands"), faster("repaired"), CONDITION)


def run(full: bool, folder: Path | None) -> Verdict:
    """Race on a logistic regression of 20 columns and condition 10, in float32."""
    del folder
    lab = Lab()
    races = {(rows, left): _race(lab, rows, left) for rows, left in _cases(full)}
    numbers = [n for case, run in races.items() for n in _ratios(*case, run)]
    return Verdict(
        judge(numbers), _finding(numbers), numbers, partial(_draw, races[LARGE, FINE])
    )


def _cases(full: bool) -> list[tuple[int, float]]:
    """Return training examples and suboptimality to reach."""
    cases = [(SMALL, 1e-2), (LARGE, 1e-2), (LARGE, FINE)]
    return [*cases, (LARGER, 1e-2), (LARGER, FINE)] if full else cases


def _race(lab: Lab, rows: int, left: float) -> Run:
    target = f"problems.0.target={{ suboptimality = {left} }}"
    return race(CONFIG, f"problems.0.rows={rows * 5 // 4}", target, lab=lab)


def _ratios(rows: int, left: float, run: Run) -> Iterator[Number]:
    for label, form in FORMS.items():
        for what in ("examples", "seconds"):
            ratio = cost(run, "all", what) / cost(run, label, what)
            words = f"{what} to {left:g} with all of {rows:,} over those with {label}"
            decides = form if rows >= LARGE else "beside"
            yield Number(decides, words, float("nan"), *interval(ratio)[:3], "times")


def _finding(numbers: list[Number]) -> str:
    def span(form: Form, what: str) -> str:
        mine = [n.measured for n in numbers if n.form == form and what in n.what]
        return f"{min(mine):.3g} to {max(mine):.3g}"

    return (
        f"To the same targets steps on all of {LARGE:,} examples, or more, take "
        f"{span('as it stands', 'examples')} times the examples and "
        f"{span('as it stands', 'seconds')} times the seconds of steps on one; against "
        f"steps on a hundred it is {span('repaired', 'examples')} times the examples "
        f"and {span('repaired', 'seconds')} times the seconds."
    )


def _draw(run: Run, figure: Any) -> None:
    first = [record for record in run.records if record["seed"] == 0]
    traces = {record["label"]: run.trace(record["key"])[1:] for record in first}
    for part, what in zip(
        figure.subfigures(2, 1), ("examples", "seconds"), strict=True
    ):
        curves = {f"{n} a step": (t[what], t.suboptimality) for n, t in traces.items()}
        lines(part, curves, what, f"suboptimality, {LARGE // 1000}K", x_log=True)
