"""Performance profiles with their exact areas, and data profiles."""

import numpy as np

from .intervals import shares

CAP = 100.0
"""Ratio to the best above which a cost adds nothing to the area."""


def ratios_to_best(costs: np.ndarray) -> np.ndarray:
    """Return r[p, s] = costs[p, s] / min_s costs[p, s].

    If no solver solves a problem, all of its ratios are inf.

    Args:
        costs: float[..., problems, solvers] >= 0; inf for never, nan if the solver does
            not apply to the problem.

    Returns:
        float[..., problems, solvers] >= 1, nan where the cost is.

    References:
        Dolan and Moré, "Benchmarking optimization software with performance
        profiles", Mathematical Programming 91, 2002, equation 1.
    """
    least = np.nanmin(np.where(np.isnan(costs), np.inf, costs), -1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = np.where(costs == least, 1.0, costs / least)
    return np.where(np.isinf(costs), np.inf, ratios)


def areas(costs: np.ndarray, cap: float = CAP) -> np.ndarray:
    """Return the area under each solver's profile in log ratio, from 0 to 1.

    (1 / log cap) ∫_1^cap ρ_s(τ) dτ/τ = mean_p max(0, 1 - log r[p, s] / log cap)

    This is exact because ρ_s(τ), the share of problems with r <= τ, is a step function.
    1 means the best on each problem, 0 never within `cap` times the best.

    Args:
        costs: As in `ratios_to_best`.
        cap: Ratio at which the integral ends, > 1.

    Returns:
        float[..., solvers]; the mean is over the problems that a solver applies to,
        nan where there are none.
    """
    ratios = ratios_to_best(costs)
    counted = ~np.isnan(ratios)
    each = 1 - np.log(np.minimum(np.where(counted, ratios, cap), cap)) / np.log(cap)
    with np.errstate(invalid="ignore"):
        return each.sum(-2) / counted.sum(-2)


def areas_without(
    costs: np.ndarray, groups: np.ndarray, cap: float = CAP
) -> np.ndarray:
    """Return the areas when one group of solvers is dropped, for each group.

    A profile depends on all solvers in it: dropping one can change the order of others.

    Args:
        costs: float[problems, solvers], as in `ratios_to_best`.
        groups: int[solvers], from 0; one solver with several settings is a group.
        cap: As in `areas`.

    Returns:
        float[groups, solvers], nan for those dropped.

    References:
        Gould and Scott, "A note on performance profiles for benchmarking software",
        ACM Transactions on Mathematical Software 43, 2016.
    """
    without = np.full((max(groups, default=-1) + 1, costs.shape[-1]), np.nan)
    for dropped, row in enumerate(without):
        kept = np.flatnonzero(groups != dropped)
        if len(kept):
            row[kept] = areas(costs[:, kept], cap)
    return without


def convergence_level(start: float, least: float, tolerance: float) -> float:
    """Return f_L + τ (f(x₀) - f_L), at which a solver has converged.

    Args:
        start: f(x₀).
        least: f_L, the least value that any solver found.
        tolerance: τ, the share of the decrease that may be missing.

    References:
        Moré and Wild, "Benchmarking derivative-free optimization algorithms", SIAM
        Journal on Optimization 20, 2009, equation 2.2.
    """
    return least + tolerance * (start - least)


def share_within(costs: np.ndarray, budgets: np.ndarray) -> np.ndarray:
    """Return the data profile: the share of problems solved within each budget.

    Args:
        costs: float[problems, solvers], as in `ratios_to_best`; ratios give the
            performance profile.
        budgets: float[budgets], in the unit of the costs.

    Returns:
        float[budgets, solvers], of the problems that a solver applies to.

    References:
        Moré and Wild, "Benchmarking derivative-free optimization algorithms", SIAM
        Journal on Optimization 20, 2009, section 2.3; their unit of cost is n + 1
        evaluations, here it is that of `costs`.
    """
    solved = (costs <= budgets[:, None, None]) & np.isfinite(costs)
    return shares(solved, ~np.isnan(costs), axis=-2)


def staircase(costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the costs at which one solver's profile rises, and the shares there.

    Args:
        costs: float[problems], costs or ratios; nan is left out.

    Returns:
        float[steps] in ascending order, and float[steps] in (0, 1].
    """
    applies = costs[~np.isnan(costs)]
    at = np.unique(applies[np.isfinite(applies)])
    below = np.searchsorted(np.sort(applies), at, side="right")
    return at, below / max(len(applies), 1)
