"""Rates of convergence of 1/k schedules under noise, against τ."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...keeping.reading import Run
from ...running.in_process import experiment
from ...statistics.intervals import interval
from ..claim import Number, Verdict, word
from ..draw import lines
from .noise_floor import expected

LEAST = 0.1
SPECTRUM = [1.0] * 50 + [LEAST] * 450
TAUS = (1.0, 2.5, 5.0, 20.0, 200.0)
"""2 ε₀ τ λmin = 0.2, 0.5, 1, 4, 40 with ε₀ = 1."""
EQUAL = 5.0
STEPS, LATE = 10_000, 500
_SCHEDULES = ", ".join(
    f'{{ schedule = "one_over_k", init_value = 1.0, tau = {tau} }}' for tau in TAUS
)
CONFIG = f"""
name = "one-over-k"
seeds = 10
budget = {{ steps = {STEPS} }}
[[problems]]
name = "quadratic"
spectrum = {SPECTRUM}
noise = 1.0
[[optimizers]]
name = "sgd"
batch = {{ size = 1, stream = true }}
[optimizers.grid]
learning_rate = [{_SCHEDULES}]
"""
Curve = tuple[NDArray, NDArray]


def judge(numbers: list[Number]) -> str:
    """Exponents, and the logarithm's factor, are within 10 % or have the prediction in
    their interval; and the poorest τ leaves at least 10 times what the best leaves.
    """
    mine = [n for n in numbers if n.form == "as it stands"]
    rates = [n for n in mine if n.unit != "times"]
    slow = [n for n in mine if n.unit == "times"]
    agree = bool(rates) and all(n.agrees(0.1) for n in rates)
    return word(agree and bool(slow) and all(n.low >= 10 for n in slow))


def run(full: bool, folder: Path | None) -> Verdict:
    """Fit what is seen of a quadratic with noise from step 500 on, in float32."""
    del full, folder
    curves = _curves(experiment(CONFIG))
    numbers = [_exponent(tau, curves[tau]) for tau in TAUS if tau != EQUAL]
    numbers += [_logarithm(curves[EQUAL]), _slow(curves)]
    numbers += [_left(tau, curves[tau]) for tau in TAUS]
    return Verdict(judge(numbers), _finding(numbers), numbers, partial(_draw, curves))


def _curves(run: Run) -> dict[float, list[Curve]]:
    """Return steps and suboptimality of each seed, by τ."""
    curves: dict[float, list[Curve]] = {tau: [] for tau in TAUS}
    for record in run.records:
        trace = run.trace(record["key"])
        tau = record["optimizer"]["settings"]["learning_rate"]["tau"]
        curves[tau].append((trace.step.to_numpy(), trace.suboptimality.to_numpy()))
    return curves


def exponent(tau: float) -> float:
    """-min(1, 2 ε₀ τ λmin), with ε₀ = 1."""
    return -min(1.0, 2 * tau * LEAST)


def factor() -> float:
    """Slope of (τ + k) E f against ln(τ + k) where 2 ε₀ τ λmin = 1.

    Σ_i (ε₀ τ)² σ² λ_i / 2 over the axes with λ_i = λmin; all others add a constant.
    """
    return SPECTRUM.count(LEAST) * EQUAL**2 * LEAST / 2


def _exponent(tau: float, seeds: list[Curve]) -> Number:
    late = [_late(tau, curve) for curve in seeds]
    slopes = [np.polyfit(np.log(k), np.log(loss), 1)[0] for k, loss in late]
    what = f"power of τ + k that the suboptimality falls with, τ = {tau:g}"
    return Number("as it stands", what, exponent(tau), *interval(slopes)[:3])


def _logarithm(seeds: list[Curve]) -> Number:
    """The factor of the logarithm, which would be 0 for a power -1 alone."""
    late = [_late(EQUAL, curve) for curve in seeds]
    slopes = [np.polyfit(np.log(k), k * loss, 1)[0] for k, loss in late]
    what = f"rise of (τ + k) suboptimality with ln(τ + k), τ = {EQUAL:g}"
    return Number("as it stands", what, factor(), *interval(slopes)[:3])


def _late(tau: float, curve: Curve) -> Curve:
    """Return τ + k and the suboptimality of late steps."""
    steps, losses = curve
    return tau + steps[steps >= LATE], losses[steps >= LATE]


def _slow(curves: Mapping[float, list[Curve]]) -> Number:
    """What the poorest τ leaves over what the best leaves, seed by seed."""
    left = {tau: _last(seeds) for tau, seeds in curves.items()}
    best, worst = (
        pick(left, key=lambda tau: np.median(left[tau])) for pick in (min, max)
    )
    what = f"suboptimality with τ = {worst:g} over that with τ = {best:g}"
    return Number(
        "as it stands", what, np.nan, *interval(left[worst] / left[best])[:3], "times"
    )


def _left(tau: float, seeds: list[Curve]) -> Number:
    predicted = expected(_rates(tau), np.array(SPECTRUM), 1.0)[-1]
    what = f"suboptimality after {STEPS:,} steps, τ = {tau:g}"
    return Number("beside", what, predicted, *interval(_last(seeds))[:3])


def _last(seeds: list[Curve]) -> NDArray:
    return np.array([losses[-1] for _, losses in seeds])


def _rates(tau: float) -> NDArray:
    return tau / (tau + np.arange(STEPS))


def _finding(numbers: list[Number]) -> str:
    powers = [n for n in numbers if "power" in n.what]
    said = ", ".join(f"{n.measured:.2f} ({n.predicted:.1f})" for n in powers)
    rise, slow = (n for n in numbers if "rise" in n.what or n.unit == "times")
    more = slow.measured ** (-1 / powers[0].predicted)
    return (
        f"Suboptimality falls with the powers {said} of τ + k, predicted ones in "
        f"brackets; at equality k times it rises with ln k by {rise.measured:.0f} "
        f"({rise.predicted:.0f}). The poorest τ leaves {slow.measured:.0f} times what "
        f"the best leaves, and at its power would need {more:.0e} times the steps."
    )


def _draw(curves: Mapping[float, list[Curve]], figure: Any) -> None:
    steps = np.unique(np.geomspace(1, STEPS, 100).astype(int))
    theory = [expected(_rates(tau), np.array(SPECTRUM), 1.0)[steps] for tau in TAUS]
    longest = {
        tau: max(seeds, key=lambda c: len(c[0])) for tau, seeds in curves.items()
    }
    lines(
        figure,
        {
            f"τ = {tau:g}, 2 ε₀ τ λmin = {2 * tau * LEAST:g}": (k[1:], loss[1:])
            for tau, (k, loss) in longest.items()
        },
        "step k",
        "suboptimality",
        x_log=True,
        dashed={"expected": _joined(steps, theory)},
    )


def _joined(x: NDArray, rows: list[NDArray]) -> Curve:
    """Return curves as one, with gaps."""
    gaps = [np.append(row, np.nan) for row in rows]
    return np.tile(np.append(x, np.nan), len(rows)), np.concatenate(gaps)
